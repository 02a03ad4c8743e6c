using System.Diagnostics.CodeAnalysis;

namespace BpfInteractive.Scripting;

/// <summary>A line <c>#r "nuget: Name, Version"</c>.</summary>
/// <param name="Name">The package's id.</param>
/// <param name="Version">A version, a NuGet range or a floating version; <c>*</c>, the newest stable one, when the line names none.</param>
internal sealed record PackageDirective(string Name, string Version)
{
    private const string Prefix = "nuget:";

    internal static bool TryParse(string reference, [NotNullWhen(true)] out PackageDirective? package)
    {
        package = null;
        if (!reference.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var parts = reference[Prefix.Length..].Split(',', 2, StringSplitOptions.TrimEntries);
        if (parts[0].Length == 0)
        {
            return false;
        }

        package = new PackageDirective(parts[0], parts.Length == 2 && parts[1].Length > 0 ? parts[1] : "*");
        return true;
    }

    /// <summary>True when the same text can mean another version tomorrow.</summary>
    internal bool Floats => Version.Contains('*', StringComparison.Ordinal);

    /// <summary>Whether a version is what the line asks for, as far as that is plain: the very version, any, or one that begins like <c>0.1.*</c>.</summary>
    internal bool IsSatisfiedBy(string version) =>
        Version == "*" || Version == version || (Version.EndsWith(".*", StringComparison.Ordinal) && (version + ".").StartsWith(Version[..^1], StringComparison.Ordinal));
}

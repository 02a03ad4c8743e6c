using System.Collections.Frozen;

namespace BpfInteractive.Scripting;

/// <summary>
/// The assemblies this process runs on, by simple name: the framework's and the tool's own. A script that asks for one of them gets the
/// running one, because two copies of a type are two different types.
/// </summary>
internal static class RunningAssemblies
{
    /// <summary>The tool's assemblies that a script can use without <c>#r</c>, beside the framework and BpfInteractive itself.</summary>
    private static readonly FrozenSet<string> Offered =
        FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "Microsoft.Data.Analysis", "Apache.Arrow", "Plotly.NET", "Plotly.NET.CSharp", "FSharp.Core", "DynamicObj");

    private static readonly string FrameworkDirectory = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    private static readonly FrozenDictionary<string, string> Paths = ReadTrustedPlatformAssemblies();

    /// <summary>The file of a running assembly, or null when this process has none of that name.</summary>
    internal static string? FindPath(string simpleName) => Paths.GetValueOrDefault(simpleName);

    /// <summary>True for assemblies of the tool and its dependencies; false for the framework's and for unknown ones.</summary>
    internal static bool IsOurs(string simpleName) => FindPath(simpleName) is { } path && !IsFramework(path);

    /// <summary>True for BpfInteractive's own assemblies, loaded or not: nobody else may supply them.</summary>
    internal static bool IsBpfInteractive(string simpleName) =>
        simpleName.Equals("BpfInteractive", StringComparison.OrdinalIgnoreCase)
        || simpleName.StartsWith("BpfInteractive.", StringComparison.OrdinalIgnoreCase);

    /// <summary>What a script can name without any <c>#r</c>.</summary>
    internal static IEnumerable<string> DefaultReferencePaths() =>
        Paths.Where(entry => IsFramework(entry.Value) || IsBpfInteractive(entry.Key) || Offered.Contains(entry.Key)).Select(entry => entry.Value);

    /// <summary>The namespaces every script has open: those of <c>dotnet script</c> that scripts lean on, and ours.</summary>
    internal static IEnumerable<string> DefaultImports()
    {
        string[] always = ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks", "BpfInteractive"];
        string[] whenPresent = ["BpfInteractive.Analysis", "BpfInteractive.Charts", "BpfInteractive.Sql", "BpfInteractive.Scripting"];
        return always.Concat(whenPresent.Where(name => FindPath(name) is not null));
    }

    /// <summary>Changes whenever one of the tool's own assemblies is built anew.</summary>
    internal static string BuildIdentity() => string.Join(
        '|',
        Paths.Where(entry => IsBpfInteractive(entry.Key))
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => FileStamp.Of(entry.Value).ToString())
            .Append(FrameworkDirectory));

    private static bool IsFramework(string path) => Path.GetDirectoryName(path) == FrameworkDirectory;

    private static FrozenDictionary<string, string> ReadTrustedPlatformAssemblies()
    {
        var list = (string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "";
        return list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .DistinctBy(path => Path.GetFileNameWithoutExtension(path), StringComparer.OrdinalIgnoreCase) // the host lists System.Private.CoreLib twice
            .ToFrozenDictionary(path => Path.GetFileNameWithoutExtension(path), StringComparer.OrdinalIgnoreCase);
    }
}

using System.Globalization;

namespace BpfInteractive;

/// <summary>The clang that is used: what BPFI_CLANG names (a path, or a name in PATH), else the newest of those in PATH.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Identity">Path, size and time: another one is another compiler for the cache.</param>
internal sealed record Clang(string Path, string Identity)
{
    private const int Oldest = 14;
    private const int Newest = 30;

    private const string Choice = "BPFI_CLANG";

    // LLVM's own folders are not in PATH on every distribution.
    private static readonly string[] MoreFolders = ["/usr/bin", "/usr/local/bin", "/usr/lib64/llvm/bin"];

    private static Clang? s_found;

    /// <summary>Finds it, once.</summary>
    /// <exception cref="UnsupportedFeatureException">There is none of a usable version.</exception>
    internal static Clang Find() => s_found ??= Chosen() ?? Search() ?? throw new UnsupportedFeatureException(
        "clang",
        "no clang is in PATH; it compiles what you write (the built-in programs need none)",
        "install it: apt-get install clang-19 or clang (Debian, Ubuntu), dnf install clang (Fedora)",
        $"clang {Oldest}");

    private static Clang? Chosen()
    {
        if (Environment.GetEnvironmentVariable(Choice) is not { Length: > 0 } name)
        {
            return null;
        }

        return Folders().Select(folder => At(System.IO.Path.Combine(folder, name))).FirstOrDefault(clang => clang is not null)
            ?? throw new UnsupportedFeatureException("clang", $"{Choice} names '{name}', which is not there", $"correct or unset {Choice}", $"clang {Oldest}");
    }

    private static IEnumerable<string> Folders() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(MoreFolders).Distinct();

    private static Clang? Search()
    {
        var folders = Folders().ToArray();
        for (var version = Newest; version >= Oldest; version--)
        {
            foreach (var folder in folders)
            {
                if (At(System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"clang-{version}"))) is { } versioned)
                {
                    return versioned;
                }
            }
        }

        return folders.Select(folder => At(System.IO.Path.Combine(folder, "clang"))).FirstOrDefault(clang => clang is not null);
    }

    private static Clang? At(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return null;
        }

        var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return target.Exists ? new Clang(path, string.Create(CultureInfo.InvariantCulture, $"{target.FullName} {target.Length} {target.LastWriteTimeUtc.Ticks}")) : null;
    }
}

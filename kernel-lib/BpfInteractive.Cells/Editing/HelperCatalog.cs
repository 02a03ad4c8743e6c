using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfInteractive.Cells;

/// <summary>A function that the kernel offers to every BPF program of the right kind, by number.</summary>
/// <param name="Name">"bpf_map_lookup_elem".</param>
/// <param name="Number">Its number in the call.</param>
/// <param name="Signature">As C declares it.</param>
/// <param name="About">libbpf's documentation.</param>
internal sealed record Helper(string Name, int Number, string Signature, string About)
{
    /// <summary>The first kernel that has it.</summary>
    internal string Since => HelperCatalog.SinceOf(Number);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Signature}\nhelper {Number}, since Linux {Since}\n\n{About}").TrimEnd();
}

/// <summary>The helpers as the installed libbpf's bpf_helper_defs.h declares and documents them.</summary>
internal static partial class HelperCatalog
{
    private static readonly Lazy<IReadOnlyDictionary<string, Helper>> s_helpers = new(Read);

    /// <summary>
    /// The last helper of each release: numbers are given in the order in which helpers are merged (enum bpf_func_id in include/uapi/linux/bpf.h of the releases). Nothing was added in 4.7;
    /// since 6.2 there are kfuncs instead.
    /// </summary>
    private static readonly (int Last, string Release)[] s_releases =
    [
        (3, "3.19"), (11, "4.1"), (16, "4.2"), (22, "4.3"), (25, "4.4"), (26, "4.5"), (30, "4.6"), (36, "4.8"), (41, "4.9"), (44, "4.10"), (45, "4.11"), (47, "4.12"), (50, "4.13"),
        (53, "4.14"), (57, "4.15"), (59, "4.16"), (64, "4.17"), (80, "4.18"), (83, "4.19"), (90, "4.20"), (92, "5.0"), (98, "5.1"), (108, "5.2"), (109, "5.3"), (110, "5.4"), (115, "5.5"),
        (118, "5.6"), (124, "5.7"), (135, "5.8"), (141, "5.9"), (155, "5.10"), (162, "5.11"), (163, "5.12"), (165, "5.13"), (168, "5.14"), (175, "5.15"), (179, "5.16"), (185, "5.17"),
        (193, "5.18"), (203, "5.19"), (207, "6.0"), (209, "6.1"), (211, "6.2"),
    ];

    /// <summary>By name; empty when libbpf's headers are not installed.</summary>
    internal static IReadOnlyDictionary<string, Helper> Helpers => s_helpers.Value;

    internal static string SinceOf(int number) => Array.Find(s_releases, release => number <= release.Last).Release ?? "after 6.2";

    /// <summary>Reads the header's text: a comment, then <c>static RETURN (*NAME)(PARAMETERS) = (void *) NUMBER;</c>. A pure parser.</summary>
    internal static Dictionary<string, Helper> Parse(string header)
    {
        var helpers = new Dictionary<string, Helper>(StringComparer.Ordinal);
        foreach (Match match in Declaration().Matches(header))
        {
            var name = match.Groups["name"].Value;
            var about = string.Join('\n', match.Groups["about"].Value.Split('\n').Select(static line => line.Trim().TrimStart('*').TrimStart(' ').TrimStart('\t')).Where(static line => line.Length > 0));
            about = about.StartsWith(name, StringComparison.Ordinal) ? about[name.Length..].TrimStart('\n') : about;
            helpers[name] = new Helper(
                name,
                int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture),
                $"{match.Groups["type"].Value.TrimEnd()}{(match.Groups["type"].Value.TrimEnd().EndsWith('*') ? "" : " ")}{name}({match.Groups["parameters"].Value})",
                about);
        }

        return helpers;
    }

    private static Dictionary<string, Helper> Read()
    {
        if (HelperHeaders.FindSystem(out _) is not { } root)
        {
            return [];
        }

        try
        {
            return Parse(File.ReadAllText(Path.Combine(root, "bpf/bpf_helper_defs.h")));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    [GeneratedRegex(@"/\*(?<about>(?:(?!\*/)[\s\S])*)\*/\s*static (?<type>[^;(]*?)\(\*\s*(?:const )?(?<name>bpf_\w+)\)\((?<parameters>[^;]*?)\) = \(void \*\) ?(?<number>\d+);", RegexOptions.CultureInvariant)]
    private static partial Regex Declaration();
}

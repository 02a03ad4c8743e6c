using System.Text.RegularExpressions;

namespace BpfInteractive;

/// <summary>One name that clang would accept.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">Its type; of a function what it returns; empty for macros and words of the language.</param>
/// <param name="Signature">As clang shows it, with parameters.</param>
internal sealed partial record CompletedName(string Name, string Type, string Signature)
{
    /// <summary>Reads <c>COMPLETION: name : [#type#]text(&lt;#parameter#&gt;)</c>, a name a line. A pure parser.</summary>
    internal static IReadOnlyList<CompletedName> Parse(string text)
    {
        var names = new List<CompletedName>();
        foreach (Match match in Line().Matches(text))
        {
            if (match.Groups["name"].Value is var name && name != "Pattern")
            {
                names.Add(new CompletedName(name, match.Groups["type"].Value, Marks().Replace(match.Groups["text"].Value, "")));
            }
        }

        return names;
    }

    [GeneratedRegex(@"^COMPLETION: (?<name>\w+)(?: \([^)]*\))?(?: : (?:\[#(?<type>.*?)#\])?(?<text>[^\n]*))?$", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("<#|#>|\\{#|#\\}|\\[#|#\\]", RegexOptions.CultureInvariant)]
    private static partial Regex Marks();
}

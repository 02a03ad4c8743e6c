using System.Text.RegularExpressions;

namespace BpfInteractive.Scripting;

/// <summary>A magic line: <c>#!name arguments</c>.</summary>
/// <param name="Name">The name, without <c>#!</c>.</param>
/// <param name="Arguments">The arguments, split as a shell does.</param>
/// <param name="Line">The line of the cell, from 0.</param>
internal sealed record MagicLine(string Name, IReadOnlyList<string> Arguments, int Line);

/// <summary>A part of a cell in one language, and the magic lines in it.</summary>
/// <param name="Language">The language; null for C#.</param>
/// <param name="Arguments">What stood behind the language's name.</param>
/// <param name="Text">The text, magic lines blanked.</param>
/// <param name="Start">Where the text begins in the cell, in UTF-16 units.</param>
/// <param name="FirstLine">The line of the cell where it begins, from 0.</param>
/// <param name="Magics">The magic lines in their order.</param>
/// <param name="PackageSources">What <c>#i</c> lines named.</param>
internal sealed record CellPart(
    ICellLanguage? Language, IReadOnlyList<string> Arguments, string Text, int Start, int FirstLine, IReadOnlyList<MagicLine> Magics, IReadOnlyList<string> PackageSources)
{
    /// <summary>The text at its own line of the cell: what the compiler says of it names the line that the user sees.</summary>
    internal string PaddedText => new string('\n', FirstLine) + Text;

    internal CellSource Source(string cellName) => new(Text, Arguments, FirstLine, cellName);
}

/// <summary>A cell, taken apart.</summary>
internal sealed partial record CellText(IReadOnlyList<CellPart> Parts)
{
    internal CellPart PartAt(int position) => Parts.LastOrDefault(part => part.Start <= position) ?? Parts[0];

    internal static CellText Parse(string text, IReadOnlyList<ICellLanguage> languages)
    {
        var parts = new List<CellPart>();
        var current = new PartBuilder(null, [], 0, 0);
        var at = 0;
        var line = 0;
        foreach (var content in Lines(text))
        {
            var next = at + content.Length;
            if (MagicAt(content, line) is not { } magic)
            {
                current.Append(content);
            }
            else if (magic.Name is "csharp" or "c#" || languages.Any(language => language.Name == magic.Name))
            {
                parts.Add(current.Build());
                current = new PartBuilder(languages.FirstOrDefault(language => language.Name == magic.Name), magic.Arguments, next, line + 1);
            }
            else
            {
                current.AppendMagic(magic, content);
            }

            at = next;
            line++;
        }

        parts.Add(current.Build());
        return new CellText(parts);
    }

    private static MagicLine? MagicAt(string content, int line)
    {
        // A path after #! is a script's first line for the shell.
        var match = MagicPattern().Match(content);
        return match.Success ? new MagicLine(match.Groups[1].Value, Split(match.Groups[2].Value), line) : null;
    }

    /// <summary>The lines with their ends.</summary>
    private static IEnumerable<string> Lines(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            yield return text[at..end];
            at = end;
        }
    }

    private static List<string> Split(string arguments) =>
        [.. ArgumentPattern().Matches(arguments).Select(match => match.Value.Replace("\"", "", StringComparison.Ordinal))];

    [GeneratedRegex(@"^\s*#!([A-Za-z][\w#.-]*)[ \t]*([^\r\n]*)")]
    private static partial Regex MagicPattern();

    [GeneratedRegex("""(?:[^\s"]|"[^"]*")+""")]
    private static partial Regex ArgumentPattern();

    [GeneratedRegex("""^\s*#i\s+"nuget:\s*([^"]+)"\s*$""")]
    private static partial Regex PackageSourcePattern();

    private sealed class PartBuilder(ICellLanguage? language, IReadOnlyList<string> arguments, int start, int firstLine)
    {
        private readonly System.Text.StringBuilder _text = new();
        private readonly List<MagicLine> _magics = [];
        private readonly List<string> _sources = [];

        internal void Append(string content)
        {
            if (language is null && PackageSourcePattern().Match(content) is { Success: true } source)
            {
                _sources.Add(source.Groups[1].Value.Trim());
                content = Blank(content);
            }

            _text.Append(content);
        }

        internal void AppendMagic(MagicLine magic, string content)
        {
            _magics.Add(magic);
            _text.Append(Blank(content));
        }

        internal CellPart Build() => new(language, arguments, _text.ToString(), start, firstLine, _magics, _sources);

        /// <summary>As long as it was: positions behind it stay.</summary>
        private static string Blank(string content) => string.Concat(content.Select(c => c is '\n' or '\r' ? c : ' '));
    }
}

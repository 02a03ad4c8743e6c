using System.Diagnostics;
using System.Globalization;
using BpfInteractive.Charts;

namespace BpfInteractive.Scripting;

/// <summary>A magic line that cannot be obeyed.</summary>
internal sealed class MagicException(string message) : Exception(message);

/// <summary>The magic lines of cells, spelled as .NET Interactive spells them.</summary>
internal static class Magics
{
    private static readonly (string Name, string Description)[] s_magics =
    [
        ("csharp", "what follows is C#"),
        ("doc", "what is known of a name, to read beside the cell"),
        ("import", "runs a file: .csx, .cs, .dib, .ipynb"),
        ("lsmagic", "this list"),
        ("time", "measures the cell"),
        ("who", "the names of the variables"),
        ("whos", "the variables with types and values"),
    ];

    /// <summary>Obeys the magic lines of a part, then runs its code.</summary>
    internal static async Task<object?> RunAroundAsync(CellPart part, CellContext cell, Func<Task<object?>> run)
    {
        var isTimed = false;
        object? value = null;
        foreach (var magic in part.Magics)
        {
            if (magic.Name == "time")
            {
                isTimed = true;
            }
            else
            {
                value = await ObeyAsync(magic, cell).ConfigureAwait(false) ?? value;
            }
        }

        var started = Stopwatch.GetTimestamp();
        try
        {
            return await run().ConfigureAwait(false) ?? value;
        }
        finally
        {
            if (isTimed)
            {
                var elapsed = string.Create(CultureInfo.InvariantCulture, $"Wall time: {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0.###} ms");
                cell.Session.Globals.display(MimeBundle.Plain(elapsed));
            }
        }
    }

    /// <summary>Names of magics where one is being typed, behind them their options and what those take; null elsewhere.</summary>
    internal static CompletionAnswer? Complete(string text, int position, IReadOnlyList<ICellLanguage> languages)
    {
        var lineStart = position == 0 ? 0 : text.LastIndexOf('\n', position - 1) + 1;
        var typed = text[lineStart..position];
        if (!typed.StartsWith("#!", StringComparison.Ordinal))
        {
            return null;
        }

        if (typed.Contains(' ', StringComparison.Ordinal))
        {
            return languages.FirstOrDefault(language => typed.StartsWith($"#!{language.Name} ", StringComparison.Ordinal)) is { } named ? CompleteOptions(typed, position, named) : null;
        }

        return new CompletionAnswer(
            lineStart,
            position,
            [.. All(languages).Where(magic => ("#!" + magic.Name).StartsWith(typed, StringComparison.Ordinal)).Select(magic => new CompletionCandidate("#!" + magic.Name, "magic", magic.Description))]);
    }

    /// <summary>Behind an option that takes one of a list, the list; else the options that are not there yet. --show=in is --show in.</summary>
    private static CompletionAnswer CompleteOptions(string typed, int position, ICellLanguage language)
    {
        var words = typed.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var word = typed.EndsWith(' ') ? "" : words[^1];
        var before = words[..(word.Length > 0 ? ^1 : ^0)];
        if (word.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals && word.StartsWith("--", StringComparison.Ordinal))
        {
            (before, word) = ([.. before, word[..equals]], word[(equals + 1)..]);
        }

        var values = language.Options.FirstOrDefault(option => option.Name == before[^1])?.Values ?? [];
        IEnumerable<CompletionCandidate> candidates = values.Count > 0
            ? values.Select(value => new CompletionCandidate(value, "value", $"{before[^1]} {value}"))
            : language.Options.Where(option => !before.Contains(option.Name) || option.Name == "--var").Select(option => new CompletionCandidate(option.Name, "option", option.Description));
        return new CompletionAnswer(position - word.Length, position, [.. candidates.Where(candidate => candidate.Text.StartsWith(word, StringComparison.Ordinal))]);
    }

    private static async Task<object?> ObeyAsync(MagicLine magic, CellContext cell)
    {
        switch (magic.Name)
        {
            case "lsmagic":
                return Table(All(cell.Session.Languages).Select(entry => ("#!" + entry.Name, entry.Description)));
            case "who":
                return string.Join("  ", cell.Session.Variables.Select(variable => variable.Name));
            case "whos":
                return Whos(cell.Session.Variables);
            case "import":
                await ImportAsync(magic, cell).ConfigureAwait(false);
                return null;
            case "doc":
                await DocumentAsync(magic, cell).ConfigureAwait(false);
                return null;
            default:
                throw Unknown(magic, cell.Session.Languages);
        }
    }

    private static MimeBundle Whos(IReadOnlyList<CellVariable> variables)
    {
        IReadOnlyList<TableColumn> columns =
        [
            new("name", "", false, [.. variables.Select(variable => (variable.Name, (string?)null))]),
            new("type", "", false, [.. variables.Select(variable => (TypeText.Of(variable.Type), (string?)null))]),
            new("cell", "", false, [.. variables.Select(variable => (variable.Cell, (string?)null))]),
            new("value", "", false, [.. variables.Select(variable => (Formatters.Format(variable.Value).PlainText, (string?)null))]),
        ];
        var footer = string.Create(CultureInfo.InvariantCulture, $"{variables.Count} variables");
        return MimeBundle.Html(TableText.Html(columns, null, 0, footer, []), TableText.Plain(columns, null, 0, footer, []));
    }

    private static async Task DocumentAsync(MagicLine magic, CellContext cell)
    {
        if (magic.Arguments is not [var name])
        {
            throw new MagicException("#!doc wants one name: #!doc Console.WriteLine");
        }

        var known = await cell.Session.InspectAsync(name, name.Length, cell.Scope.CancellationToken).ConfigureAwait(false);
        cell.Output.Page(known ?? throw new MagicException($"nothing is known of {name}"));
    }

    private static async Task ImportAsync(MagicLine magic, CellContext cell)
    {
        if (magic.Arguments is not [var file])
        {
            throw new MagicException("#!import wants one file: #!import tools.csx");
        }

        var path = Path.GetFullPath(file, cell.Session.BaseDirectory);
        if (!File.Exists(path))
        {
            throw new MagicException($"cannot import {file}: there is no such file in {cell.Session.BaseDirectory}");
        }

        foreach (var text in NotebookFile.Read(path).CodeCells)
        {
            await cell.Session.RunPartsAsync(text, cell).ConfigureAwait(false);
        }
    }

    private static MagicException Unknown(MagicLine magic, IReadOnlyList<ICellLanguage> languages)
    {
        var hint = NearestName.Of(magic.Name, All(languages).Select(entry => entry.Name)) is { } nearest ? $"; did you mean #!{nearest}?" : "";
        return new MagicException($"line {magic.Line + 1}: there is no #!{magic.Name} in this session{hint} (#!lsmagic lists what there is)");
    }

    private static IEnumerable<(string Name, string Description)> All(IReadOnlyList<ICellLanguage> languages) =>
        s_magics.Concat(languages.Select(language => (language.Name, language.Description))).OrderBy(entry => entry.Item1, StringComparer.Ordinal);

    private static string Table(IEnumerable<(string Name, string Text)> rows) => string.Join('\n', rows.Select(row => $"{row.Name,-12} {row.Text}"));
}

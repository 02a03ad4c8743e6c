using System.Text;

namespace BpfInteractive.Scripting;

/// <summary>
/// <c>bpfi repl</c>: a session at a terminal, with history, completion, colours and cells of several lines; from a pipe, the same cells one after the other without a prompt.
/// </summary>
/// <param name="hasColor">Whether colours are wanted on standard output.</param>
public sealed class Prompt(bool hasColor)
{
    private readonly TextReader _input = Console.In;
    private readonly TextWriter _output = Console.Out;
    private readonly TextWriter _errors = Console.Error;

    /// <summary>A terminal that cannot move its cursor gets lines as they are typed.</summary>
    private static bool IsTerminal => !Console.IsInputRedirected && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>What BPFI_HISTORY names; nothing when that is empty.</summary>
    private static string? HistoryFile =>
        Environment.GetEnvironmentVariable("BPFI_HISTORY") is not { } chosen ? Path.Combine(CacheDirectory.Path, "history") : chosen.Length > 0 ? Path.GetFullPath(chosen) : null;

    /// <summary>Runs cells until the end of input.</summary>
    /// <param name="args">What cells see as <c>Args</c>.</param>
    /// <returns>The exit status: from a pipe 1 when a cell failed, otherwise 0.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var session = NotebookSession.Create([.. args], kind: "repl");
        await using (session.ConfigureAwait(false))
        {
            CellSession.TakeConsole();
            var output = new PromptOutput(_input, _output, _errors, IsTerminal);
            ConsoleCancelEventHandler interrupt = (_, asked) =>
            {
                asked.Cancel = true;
                session.Interrupt();
            };
            Console.CancelKeyPress += interrupt;
            try
            {
                return IsTerminal ? await AtTerminalAsync(session, output).ConfigureAwait(false) : await FromPipeAsync(session, output).ConfigureAwait(false);
            }
            finally
            {
                Console.CancelKeyPress -= interrupt;
            }
        }
    }

    private async Task<int> AtTerminalAsync(CellSession session, PromptOutput output)
    {
        _ = Task.Run(session.WarmUpAsync);
        _output.WriteLine("C# and BPF cells; #!lsmagic lists what there is, Tab completes, Alt-Enter begins a line, Ctrl-D ends.");
        var screen = new PromptScreen(_output, hasColor, static () => Console.WindowWidth is > 0 and var columns ? columns : 80);
        var history = new PromptHistory(HistoryFile);
        var editor = new PromptEditor(
            static () => Console.ReadKey(intercept: true),
            static () => Console.KeyAvailable,
            screen,
            history,
            text => StateOf(session, text),
            (text, position) => session.CompleteAsync(text, position).GetAwaiter().GetResult());
        for (var number = 1; ; number++)
        {
            // While a line is typed Ctrl-C is a key; while a cell runs, its interrupt.
            Console.TreatControlCAsInput = true;
            var text = editor.Read(FormattableString.Invariant($"{number}> "));
            Console.TreatControlCAsInput = false;
            if (text is null)
            {
                return 0;
            }

            await RunCellAsync(session, output, text, number).ConfigureAwait(false);
        }
    }

    private async Task<int> FromPipeAsync(CellSession session, PromptOutput output)
    {
        var hasFailed = false;
        var cell = new StringBuilder();
        var number = 0;
        while (await _input.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            // C# ends where it is complete; a cell in another language, which may have empty lines, where the next magic line begins.
            var isOther = LanguageOf(session, cell.ToString()) is not null;
            if (isOther && line.StartsWith("#!", StringComparison.Ordinal))
            {
                hasFailed |= !await RunCellAsync(session, output, cell.ToString(), ++number).ConfigureAwait(false);
                cell.Clear();
            }

            cell.Append(cell.Length > 0 ? "\n" : "").Append(line);
            if (LanguageOf(session, cell.ToString()) is null && StateOf(session, cell.ToString()).State != "incomplete")
            {
                hasFailed |= !await RunCellAsync(session, output, cell.ToString(), ++number).ConfigureAwait(false);
                cell.Clear();
            }
        }

        if (cell.ToString().Trim().Length > 0)
        {
            hasFailed |= !await RunCellAsync(session, output, cell.ToString(), ++number).ConfigureAwait(false);
        }

        return hasFailed ? 1 : 0;
    }

    private async Task<bool> RunCellAsync(CellSession session, PromptOutput output, string text, int number)
    {
        var result = await session.RunAsync(text, output, FormattableString.Invariant($"cell {number}")).ConfigureAwait(false);
        output.EndLine();
        if (result.Error is { } error)
        {
            _errors.WriteLine(hasColor ? $"\x1b[31m{error.Text}\x1b[0m" : error.Text);
        }

        return result.Succeeded;
    }

    /// <summary>
    /// C# says by itself whether it is complete. A cell in another language is when its braces are closed and an empty line follows.
    /// </summary>
    internal static CellCompleteness StateOf(CellSession session, string text)
    {
        var (lines, magic, name) = LastMagic(text);
        if (LanguageOf(session, text) is not null)
        {
            var body = string.Join('\n', lines[(magic + 1)..]);
            var isAll = magic < lines.Length - 1 && lines[^1].Trim().Length == 0 && body.Trim().Length > 0;
            var depth = DepthOf(body);
            return isAll && depth <= 0 ? new CellCompleteness("complete") : new CellCompleteness("incomplete", new string(' ', 4 * Math.Max(0, depth)));
        }

        return name == "time" && magic == lines.Length - 1 ? new CellCompleteness("incomplete") : session.IsComplete(text);
    }

    /// <summary>The language that a text ends in; null for C#, and for a line that only asks for a list.</summary>
    private static ICellLanguage? LanguageOf(CellSession session, string text)
    {
        var (lines, magic, name) = LastMagic(text);
        return magic >= 0 && !lines[magic].Contains("--list", StringComparison.Ordinal) ? session.Languages.FirstOrDefault(language => language.Name == name) : null;
    }

    private static (string[] Lines, int At, string Name) LastMagic(string text)
    {
        var lines = text.Split('\n');
        var magic = Array.FindLastIndex(lines, static line => line.StartsWith("#!", StringComparison.Ordinal));
        return (lines, magic, magic < 0 ? "" : lines[magic][2..].Split(' ', '\t', '\r')[0]);
    }

    private static int DepthOf(string text) =>
        SourceColors.Of(text).Where(static part => part.Color == SourceColor.Plain).Sum(static part => part.Text.Count(static c => c == '{') - part.Text.Count(static c => c == '}'));
}

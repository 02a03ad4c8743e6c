namespace BpfInteractive.Scripting;

/// <summary>
/// A language that cells can be written in, besides C#: a cell, or the rest of one, that begins with <c>#!name</c> is its text. A session calls it for one cell at a time;
/// completion, inspection and diagnosis may be asked for while a cell runs.
/// </summary>
public interface ICellLanguage
{
    /// <summary>The name after <c>#!</c>.</summary>
    string Name { get; }

    /// <summary>What it is for, in one line of <c>#!lsmagic</c>.</summary>
    string Description { get; }

    /// <summary>The options on the language's line, for completion.</summary>
    IReadOnlyList<CellOption> Options => [];

    /// <summary>Runs the text. It ends with an exception when it fails; variables are declared by <see cref="CellContext.BindAsync"/>.</summary>
    /// <param name="source">The text and the options on the language's line.</param>
    /// <param name="context">The cell: its output, the owner of what is made, its interrupt.</param>
    /// <returns>What the cell shows as its result; null for nothing.</returns>
    Task<object?> RunAsync(CellSource source, CellContext context);

    /// <summary>What could stand at a position.</summary>
    Task<CompletionAnswer> CompleteAsync(CellSource source, int position, CancellationToken cancellationToken);

    /// <summary>What stands at a position; null when there is nothing to say.</summary>
    Task<MimeBundle?> InspectAsync(CellSource source, int position, CancellationToken cancellationToken);

    /// <summary>What is wrong with the text, without running it.</summary>
    Task<IReadOnlyList<ScriptDiagnostic>> DiagnoseAsync(CellSource source, CancellationToken cancellationToken);
}

/// <summary>An option on the line that names a language.</summary>
/// <param name="Name">"--name".</param>
/// <param name="Description">What it is for, in one line.</param>
/// <param name="Values">The values that it takes, where there is a list of them.</param>
public sealed record CellOption(string Name, string Description, IReadOnlyList<string> Values);

/// <summary>A part of a cell in one language.</summary>
/// <param name="Text">The text, without the line that names the language.</param>
/// <param name="Arguments">What stood behind the name on that line: options, split as a shell does.</param>
/// <param name="FirstLine">The line of the cell on which the text begins, from 0.</param>
/// <param name="CellName">The cell's name: "cell 3".</param>
public sealed record CellSource(string Text, IReadOnlyList<string> Arguments, int FirstLine, string CellName);

/// <summary>What could stand at a position.</summary>
/// <param name="Start">Where the text begins that an item replaces, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Items">The candidates, best first.</param>
public sealed record CompletionAnswer(int Start, int End, IReadOnlyList<CompletionCandidate> Items)
{
    /// <summary>No candidate at a position.</summary>
    public static CompletionAnswer None(int position) => new(position, position, []);
}

/// <summary>One candidate of a completion.</summary>
/// <param name="Text">What is inserted.</param>
/// <param name="Kind">What it is: "method", "property", "keyword".</param>
/// <param name="Detail">A signature or a sentence; may be empty.</param>
public sealed record CompletionCandidate(string Text, string Kind, string Detail = "");

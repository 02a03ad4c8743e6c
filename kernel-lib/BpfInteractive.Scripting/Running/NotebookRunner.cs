using System.Diagnostics;
using BpfInteractive.Charts;

namespace BpfInteractive.Scripting;

/// <summary>How a notebook is run.</summary>
public sealed record NotebookRunOptions
{
    /// <summary>Values for the notebook's parameters, by name.</summary>
    public IReadOnlyList<(string Name, string Value)> Parameters { get; init; } = [];

    /// <summary>Whether the cells behind one that failed run too.</summary>
    public bool AllowErrors { get; init; }

    /// <summary>What cells see as <c>Args</c>.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>How long live displays go on that were not told; ten seconds when null.</summary>
    public TimeSpan? LiveTime { get; init; }
}

/// <summary>What a run of a notebook gave.</summary>
/// <param name="Notebook">Its cells with what they showed; of cells that did not run, nothing.</param>
/// <param name="FailedCell">The first cell that failed, counted among those of code from 1; null when none did.</param>
/// <param name="WasInterrupted">Whether it was stopped.</param>
public sealed record NotebookRun(NotebookFile Notebook, int? FailedCell, bool WasInterrupted);

/// <summary>
/// Runs a notebook from start to end without Jupyter, in a session like Jupyter's own. What cells show goes to <paramref name="output"/> as plain text, progress and errors to
/// <paramref name="progress"/>.
/// </summary>
/// <param name="output">Text and the plain form of what cells show.</param>
/// <param name="progress">A line before each cell; what cells write to standard error; errors.</param>
public sealed class NotebookRunner(TextWriter output, TextWriter progress)
{
    private const int LongestTitle = 70;

    /// <summary>The tag of cells that show an error; nbconvert knows it too.</summary>
    private const string MayFail = "raises-exception";

    private readonly NotebookRecorder _recorder = new(output, progress);

    /// <summary>Runs the cells in their order, to the first that fails.</summary>
    /// <param name="notebook">The cells.</param>
    /// <param name="baseDirectory">Where relative paths of <c>#r</c>, <c>#load</c> and <c>#!import</c> begin.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Interrupts the running cell and ends the run.</param>
    /// <exception cref="ArgumentException">A parameter is none of the notebook's, or its value does not fit.</exception>
    public async Task<NotebookRun> RunAsync(NotebookFile notebook, string baseDirectory, NotebookRunOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(notebook);
        ArgumentNullException.ThrowIfNull(options);
        if (options.LiveTime is { } time)
        {
            Live.UnwatchedTime = time;
        }

        var session = NotebookSession.Create([.. options.Args], baseDirectory, "run");
        await using (session.ConfigureAwait(false))
        {
            return await RunAsync(session, Place(notebook, options.Parameters), options, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<NotebookRun> RunAsync(CellSession session, List<NotebookCell> cells, NotebookRunOptions options, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var recorders = new Dictionary<int, NotebookRecorder.CellRecorder>();
        int? failed = null;
        var count = 0;
        var all = cells.Count(cell => cell.IsCode);
        for (var at = 0; at < cells.Count && !cancellationToken.IsCancellationRequested && (failed is null || options.AllowErrors); at++)
        {
            if (!cells[at].IsCode)
            {
                continue;
            }

            var cell = cells[at].Tags.Contains(NotebookParameters.Injected) ? ParametersOf(options, session, count) : cells[at];
            progress.WriteLine(FormattableString.Invariant($"cell {++count} of {all}: {Title(cell.Text)}"));
            var recorder = recorders[at] = _recorder.StartCell();
            var result = await session.RunAsync(cell.Text, recorder, FormattableString.Invariant($"cell {count}"), cancellationToken).ConfigureAwait(false);
            if (result.Error is { } error)
            {
                recorder.Fail(error);
                var isMeant = cell.Tags.Contains(MayFail);
                progress.WriteLine(FormattableString.Invariant($"cell {count} failed{(isMeant ? ", as it may" : "")}: {error.Name}"));
                failed ??= isMeant ? null : count;
            }

            cells[at] = cell with { ExecutionCount = count };
        }

        await session.StopLiveAsync().ConfigureAwait(false);

        // Only now: a later cell may have changed what an earlier one showed.
        foreach (var (at, recorder) in recorders)
        {
            cells[at] = cells[at] with { Outputs = recorder.Outputs };
        }

        progress.WriteLine(FormattableString.Invariant($"{count} of {all} cells in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s{(failed is null ? "" : $", the first failure in cell {failed}")}"));
        return new NotebookRun(new NotebookFile(cells), failed, cancellationToken.IsCancellationRequested);
    }

    /// <summary>The cell of parameters, where there is one, is the one that ran last.</summary>
    private static NotebookCell ParametersOf(NotebookRunOptions options, CellSession session, int count)
    {
        var declaring = FormattableString.Invariant($"cell {count}");
        return NotebookParameters.CellOf(options.Parameters, count == 0 ? null : [.. session.Variables.Where(variable => variable.Cell == declaring)]);
    }

    /// <summary>The cells, what an earlier run showed taken away, with a place for the parameters.</summary>
    private static List<NotebookCell> Place(NotebookFile notebook, IReadOnlyList<(string Name, string Value)> parameters)
    {
        var cells = notebook.Cells
            .Where(static cell => !cell.Tags.Contains(NotebookParameters.Injected))
            .Select(static cell => cell with { ExecutionCount = null, Outputs = [] })
            .ToList();
        if (parameters.Count > 0)
        {
            cells.Insert(cells.FindIndex(static cell => cell.Tags.Contains(NotebookParameters.Declared)) + 1, new NotebookCell("code", "") { Tags = [NotebookParameters.Injected] });
        }

        return cells;
    }

    /// <summary>The first line that says something.</summary>
    private static string Title(string text)
    {
        var line = text.Split('\n').Select(static line => line.Trim()).FirstOrDefault(static line => line.Length > 0 && !line.StartsWith("// tags:", StringComparison.Ordinal)) ?? "(empty)";
        return line.Length > LongestTitle ? line[..(LongestTitle - 1)] + "…" : line;
    }
}

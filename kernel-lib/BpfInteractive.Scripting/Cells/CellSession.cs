using System.Diagnostics;
using BpfInteractive.Charts;

namespace BpfInteractive.Scripting;

/// <summary>
/// An interactive session: cells of C# and of other languages run one after the other, each seeing what those before it declared. A prompt, a notebook's kernel and the headless
/// runner share it, so that a cell means the same everywhere.
/// </summary>
/// <remarks>
/// <see cref="RunAsync"/> is called for one cell at a time. Completion, inspection, diagnosis and <see cref="Interrupt"/> may be called from any thread while a cell runs.
/// </remarks>
public sealed class CellSession : IAsyncDisposable
{
    private static readonly TimeSpan s_quietTime = TimeSpan.FromSeconds(1);

    private readonly CellThread _thread = new();
    private readonly SubmissionCompiler _compiler;
    private readonly List<ICellLanguage> _languages = [];
    private SessionAttachments? _attachments;
    private RunningCell? _running;
    private CellContext? _latest;
    private int _cells;
    private int _isDisposed;
    private long _ended = Stopwatch.GetTimestamp();

    /// <summary>Starts a session.</summary>
    /// <param name="args">What code sees as <c>Args</c>.</param>
    /// <param name="baseDirectory">Where relative paths of <c>#r</c> and <c>#load</c> begin.</param>
    public CellSession(IList<string>? args = null, string? baseDirectory = null)
    {
        BaseDirectory = Path.GetFullPath(baseDirectory ?? ".");
        Globals = new ScriptGlobals(args ?? []);
        Live.SetHost(CellLiveHost.OfCaller);
        _compiler = new SubmissionCompiler(BaseDirectory, Report, isInterruptible: true);
        Editing = new CSharpEditing(_compiler);
        CSharp = new CSharpCells(this, _compiler, new SubmissionHost(Globals));
        _languages.Add(new MarkupLanguage("html", "the text as HTML", MimeBundle.HtmlType));
        _languages.Add(new MarkupLanguage("markdown", "the text as Markdown", "text/markdown"));
    }

    /// <summary>Where relative paths begin.</summary>
    public string BaseDirectory { get; }

    /// <summary>The variables that the next cell will see, by name.</summary>
    public IReadOnlyList<CellVariable> Variables => CSharp.Variables.All;

    /// <summary>The BPF objects that the session holds, oldest first, with the cell that made them.</summary>
    public IReadOnlyList<(string Cell, IAsyncDisposable Resource)> Owned => Ownership.Owned;

    /// <summary>The languages of cells besides C#.</summary>
    public IReadOnlyList<ICellLanguage> Languages => _languages;

    /// <summary>The cell that was started last, running or not: front ends listen to it alone.</summary>
    internal CellContext? Latest
    {
        get => Volatile.Read(ref _latest);
        set => Volatile.Write(ref _latest, value);
    }

    internal ScriptGlobals Globals { get; }

    internal CSharpCells CSharp { get; }

    internal CSharpEditing Editing { get; }

    internal CellOwnership Ownership { get; } = new();

    /// <summary>Makes this the process's session: what code writes to the console goes to its cell, and an exception on a thread that a cell started does not end the process.</summary>
    public static void TakeConsole()
    {
        ConsoleRouting.Install();
        StrayExceptions.Catch();
    }

    /// <summary>Adds a language of cells; before the first cell. The session disposes it at its end, where it can be disposed.</summary>
    public void Add(ICellLanguage language) => _languages.Add(language);

    /// <summary>
    /// Loads the compiler and then, once no cell has run for a second, the completion, behind the scenes: the first cell starts at once, and cells that follow one another are not
    /// held up.
    /// </summary>
    public async Task WarmUpAsync()
    {
        await CSharp.WarmUpAsync().ConfigureAwait(false);
        while (Stopwatch.GetElapsedTime(Volatile.Read(ref _ended)) < s_quietTime || _running is not null)
        {
            await Task.Delay(s_quietTime / 4).ConfigureAwait(false);
        }

        if (Volatile.Read(ref _isDisposed) == 0)
        {
            Editing.WarmUp();
        }
    }

    /// <summary>Runs a cell.</summary>
    /// <param name="text">The cell's text: C#, magics, other languages behind <c>#!name</c>.</param>
    /// <param name="output">Where what it shows goes. Its result goes there as well.</param>
    /// <param name="name">The cell's name in findings and stack traces; numbered when null.</param>
    /// <param name="cancellationToken">Interrupts the cell, as <see cref="Interrupt"/> does.</param>
    /// <returns>How it ended. What the cell's code throws is in there: this method itself does not throw.</returns>
    public async Task<CellResult> RunAsync(string text, ICellOutput output, string? name = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(output);
        using var running = new RunningCell();
        name ??= FormattableString.Invariant($"cell {++_cells}");
        var scope = new BpfScope(name, message => output.Write(CellStream.Error, message + "\n"), running.Token)
        {
            Attached = resource => _attachments?.Add(resource, name),
        };
        var cell = new CellContext(this, name, output, scope, running);
        Ownership.Add(scope);
        _running = running;
        using var asked = cancellationToken.Register(Interrupt);
        try
        {
            using var entered = cell.Enter();
            var value = await RunPartsAsync(text, cell).ConfigureAwait(false);
            // What display() returns has been shown already.
            if (value is not (null or DisplayHandle))
            {
                output.Result(Formatters.Format(value));
            }

            return new CellResult(null, value);
        }
#pragma warning disable CA1031 // Whatever a cell throws ends here, as its result.
        catch (Exception error)
#pragma warning restore CA1031
        {
            await Ownership.DisposeFailedAsync(scope, CSharp.Variables).ConfigureAwait(false);
            return new CellResult(CellError.From(error, running.WasInterrupted));
        }
        finally
        {
            Volatile.Write(ref _ended, Stopwatch.GetTimestamp());
            _running = null;
        }
    }

    /// <summary>Interrupts the running cell: its token at once, its code after a second. What the session holds stays. Does nothing between cells.</summary>
    public void Interrupt()
    {
        var latest = Latest;
        _running?.Interrupt(message => latest?.Output.Write(CellStream.Error, message));
    }

    /// <summary>What could stand at a position of a cell.</summary>
    /// <param name="text">The cell's text.</param>
    /// <param name="position">In UTF-16 units.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<CompletionAnswer> CompleteAsync(string text, int position, CancellationToken cancellationToken = default)
    {
        var cell = CellText.Parse(text, _languages);
        if (Magics.Complete(text, position, _languages) is { } magics)
        {
            return magics;
        }

        var part = cell.PartAt(position);
        var offset = part.Start;
        var answer = part.Language is { } language
            ? await language.CompleteAsync(part.Source("cell"), position - offset, cancellationToken).ConfigureAwait(false)
            : await Editing.CompleteAsync(part.Text, position - offset, cancellationToken).ConfigureAwait(false);
        return answer with { Start = answer.Start + offset, End = answer.End + offset };
    }

    /// <summary>What stands at a position of a cell: a signature and its documentation; null when there is nothing to say.</summary>
    /// <inheritdoc cref="CompleteAsync"/>
    public Task<MimeBundle?> InspectAsync(string text, int position, CancellationToken cancellationToken = default)
    {
        var part = CellText.Parse(text, _languages).PartAt(position);
        return part.Language is { } language
            ? language.InspectAsync(part.Source("cell"), position - part.Start, cancellationToken)
            : Editing.InspectAsync(part.Text, position - part.Start, cancellationToken);
    }

    /// <summary>What is wrong with a cell, without running it.</summary>
    public async Task<IReadOnlyList<ScriptDiagnostic>> DiagnoseAsync(string text, CancellationToken cancellationToken = default)
    {
        var findings = new List<ScriptDiagnostic>();
        foreach (var part in CellText.Parse(text, _languages).Parts)
        {
            findings.AddRange(part.Language is { } language
                ? await language.DiagnoseAsync(part.Source("cell"), cancellationToken).ConfigureAwait(false)
                : await Editing.DiagnoseAsync(part.PaddedText, cancellationToken).ConfigureAwait(false));
        }

        return findings;
    }

    /// <summary>Whether a text can be run as it is, wants more lines, or is wrong however it goes on.</summary>
    public CellCompleteness IsComplete(string text)
    {
        var last = CellText.Parse(text, _languages).Parts.LastOrDefault(part => part.Text.Trim().Length > 0);
        return last is null || last.Language is not null ? CellCompleteness.Complete : CSharpEditing.IsComplete(last.Text);
    }

    /// <summary>Disposes everything that the session holds.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        _attachments?.Dispose();
        Interrupt();
        await StopLiveAsync().ConfigureAwait(false);
        foreach (var language in _languages.OfType<IAsyncDisposable>())
        {
            await language.DisposeAsync().ConfigureAwait(false);
        }

        await Ownership.DisposeAllAsync().ConfigureAwait(false);
        _thread.Dispose();
        Editing.Dispose();
        _compiler.Dispose();
    }

    /// <summary>From the first attach on, <c>bpfi ps</c> and <c>bpfi stop</c> see the session.</summary>
    /// <param name="kind">What they call it.</param>
    internal void BeSeenAs(string kind) => _attachments = new SessionAttachments(kind)
    {
        Variables = () => Variables,
        Tell = message => Latest?.Output.Write(CellStream.Error, $"bpfi: {message}\n"),
    };

    /// <summary>Ends the live displays that its cells left, and waits until their last frames are shown.</summary>
    internal Task StopLiveAsync() => Live.StopAsync(display => display.Host is CellLiveHost host && host.Cell.Session == this)
        .WaitAsync(TimeSpan.FromSeconds(5)).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    /// <summary>Adds a package source for <c>#r "nuget: ..."</c>.</summary>
    internal void AddPackageSource(string source) => _compiler.AddPackageSource(source);

    internal Task<object?> OnCellThreadAsync(Func<Task<object?>> code) => _thread.RunAsync(code, _running?.Abort ?? CancellationToken.None);

    /// <summary>Runs the parts of a cell in their order; the value of the last is the cell's.</summary>
    internal async Task<object?> RunPartsAsync(string text, CellContext cell)
    {
        object? value = null;
        foreach (var part in CellText.Parse(text, _languages).Parts)
        {
            cell.Scope.CancellationToken.ThrowIfCancellationRequested();
            foreach (var source in part.PackageSources)
            {
                AddPackageSource(source);
            }

            value = await Magics.RunAroundAsync(part, cell, () => RunPartAsync(part, cell)).ConfigureAwait(false);
        }

        return value;
    }

    private async Task<object?> RunPartAsync(CellPart part, CellContext cell)
    {
        if (part.Language is { } language)
        {
            // Not on the thread of cells: what it declares runs there.
            return await Task.Run(() => language.RunAsync(part.Source(cell.Name), cell)).ConfigureAwait(false);
        }

        return part.Text.Trim().Length == 0 ? null : await CSharp.RunAsync(part.PaddedText, cell, cell.Scope.CancellationToken).ConfigureAwait(false);
    }

    private static void Report(string message) => CellContext.CurrentOrLatest?.Output.Write(CellStream.Error, message + "\n");
}

/// <summary>What <see cref="CellSession.IsComplete"/> says of a text.</summary>
/// <param name="State">"complete", "incomplete" or "invalid", as Jupyter spells them.</param>
/// <param name="Indent">For an incomplete text, what the next line should begin with.</param>
public sealed record CellCompleteness(string State, string Indent = "")
{
    internal static readonly CellCompleteness Complete = new("complete");
    internal static readonly CellCompleteness Invalid = new("invalid");
}

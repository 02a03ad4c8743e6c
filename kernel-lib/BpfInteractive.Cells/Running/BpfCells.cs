using System.Diagnostics;

namespace BpfInteractive.Cells;

/// <summary>
/// The BPF cells of one session. Running a cell again replaces what it loaded: the new programs are compiled, loaded and attached first, only then the old ones go; a cell
/// that fails leaves the old ones running, and one that was kept (<see cref="BpfCellObject.Keep"/>) goes on beside the new.
/// </summary>
/// <remarks>One cell runs at a time; the list may be read by any thread. Disposing it detaches everything.</remarks>
public sealed class BpfCells : IAsyncDisposable
{
    /// <summary>A detach takes 70-90 ms and goes on behind; so many may do so before the next run waits.</summary>
    private const int MostClosing = 8;

    private readonly object _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly List<Entry> _kept = [];
    private readonly Queue<Task> _closing = new();
    private readonly IDisposable _warm = BpfCompiler.KeepWarm();

    /// <summary>What is loaded now, by name.</summary>
    public IReadOnlyList<BpfCellEntry> Entries
    {
        get
        {
            lock (_gate)
            {
                return
                [
                    .. _kept.Concat(_entries.Values)
                        .Where(static entry => !entry.Object.IsDisposed)
                        .Select(static entry => new BpfCellEntry(entry.Object.Name, entry.Cell, entry.Object, entry.LoadedAt))
                        .OrderBy(static entry => entry.Name, StringComparer.Ordinal),
                ];
            }
        }
    }

    /// <summary>Runs a cell.</summary>
    /// <param name="source">Its text, without the line of options.</param>
    /// <param name="options">The options; <see cref="BpfCellOptions.Name"/> is set.</param>
    /// <param name="cell">The cell's name, as people know it: "cell 3".</param>
    /// <param name="firstLine">The line of the cell on which the text begins, from 0.</param>
    /// <param name="declare">Declares a class and a variable in the host's C# session; called when the variable is new or its types have changed.</param>
    /// <param name="cancellationToken">Stops it; none falls back to the current scope's.</param>
    /// <returns>What was loaded.</returns>
    /// <exception cref="BpfCellException">clang, the verifier or the kernel refused; it shows where and why.</exception>
    public async Task<BpfCellResult> RunAsync(
        string source, BpfCellOptions options, string cell, int firstLine, Func<BpfCellDeclaration, Task> declare, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(declare);
        var name = options.Name ?? throw new ArgumentException("the cell has no name", nameof(options));
        var running = Find(name);
        var previous = running is { Object.IsKept: false } ? running : null;
        LoadedCell loaded;
        try
        {
            loaded = await new BpfCellLoader(options, previous?.Object.Object).LoadAsync(source, firstLine, BpfScope.TokenOr(cancellationToken)).ConfigureAwait(false);
        }
        catch (Exception error) when (error is BpfException or BpfCellOptionException)
        {
            throw BpfCellException.Of(error, name, running is not null);
        }

        var start = Stopwatch.GetTimestamp();
        var isSwap = await PlaceAsync(loaded.Object, name, cell, previous, declare).ConfigureAwait(false);
        return new BpfCellResult(name, loaded, Stopwatch.GetElapsedTime(start), previous is not null, isSwap, options, new SourceListing(name, source, firstLine));
    }

    /// <summary>Detaches and unloads everything.</summary>
    /// <returns>Completes when nothing is left.</returns>
    public async ValueTask DisposeAsync()
    {
        List<BpfCellObject> objects;
        lock (_gate)
        {
            objects = [.. _kept.Concat(_entries.Values).Select(static entry => entry.Object)];
            _entries.Clear();
            _kept.Clear();
        }

        await Task.WhenAll(objects.Select(static cell => cell.DisposeAsync().AsTask())).ConfigureAwait(false);
        await WaitForClosingAsync(0).ConfigureAwait(false);
        _warm.Dispose();
    }

    private Entry? Find(string name)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(name, out var entry) && !entry.Object.IsDisposed ? entry : null;
        }
    }

    /// <summary>Puts what was loaded where the variable is; then the old one goes.</summary>
    /// <returns>Whether the same C# object holds it.</returns>
    private async Task<bool> PlaceAsync(BpfObject loaded, string name, string cell, Entry? previous, Func<BpfCellDeclaration, Task> declare)
    {
        try
        {
            var made = CellClass.For(name, loaded);
            if (previous is not null && previous.Class == made)
            {
                var old = previous.Object.Swap(loaded);
                Remember(name, previous with { Cell = cell, LoadedAt = DateTimeOffset.Now });
                await CloseAsync(old).ConfigureAwait(false);
                return true;
            }

            var binding = new BpfCellBinding(name, loaded);
            await declare(new BpfCellDeclaration(name, made.Name, made.Text, binding)).ConfigureAwait(false);
            var bound = binding.Bound ?? throw new InvalidOperationException($"the host did not make the object of class {made.Name}");
            Remember(name, new Entry(bound, made, cell, DateTimeOffset.Now));
        }
        catch
        {
            await loaded.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        if (previous is not null)
        {
            await CloseAsync(previous.Object.Retire(cell)).ConfigureAwait(false);
        }

        return false;
    }

    private void Remember(string name, Entry entry)
    {
        lock (_gate)
        {
            _kept.RemoveAll(static old => old.Object.IsDisposed);
            if (_entries.TryGetValue(name, out var last) && last.Object.IsKept)
            {
                _kept.Add(last);
            }

            _entries[name] = entry;
        }
    }

    private async Task CloseAsync(BpfObject old)
    {
        _closing.Enqueue(old.DisposeAsync().AsTask());
        await WaitForClosingAsync(MostClosing).ConfigureAwait(false);
    }

    private async Task WaitForClosingAsync(int most)
    {
        while (_closing.Count > most)
        {
            await _closing.Dequeue().ConfigureAwait(false);
        }
    }

    private sealed record Entry(BpfCellObject Object, CellClass Class, string Cell, DateTimeOffset LoadedAt);
}

/// <summary>What a BPF cell has loaded.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Cell">The cell that ran last.</param>
/// <param name="Object">The variable's value.</param>
/// <param name="LoadedAt">When.</param>
public sealed record BpfCellEntry(string Name, string Cell, BpfCellObject Object, DateTimeOffset LoadedAt)
{
    /// <summary>"opens (cell 3, 12:04:31): on_open on tracepoint syscalls/sys_enter_openat".</summary>
    public override string ToString() => FormattableString.Invariant($"{Name} ({Cell}, {LoadedAt:HH:mm:ss}): ")
        + (Object.Object.Links is { Count: > 0 } links ? string.Join(", ", links.Select(static link => $"{link.ProgramName} on {link.Target}")) : "nothing attached");
}

/// <summary>A class and a variable for the host to declare: <see cref="ClassText"/>, then <c>var Variable = new ClassName(binding)</c>.</summary>
/// <param name="Variable">The variable.</param>
/// <param name="ClassName">The class.</param>
/// <param name="ClassText">Its C# text.</param>
/// <param name="Binding">What its constructor takes.</param>
public sealed record BpfCellDeclaration(string Variable, string ClassName, string ClassText, BpfCellBinding Binding);

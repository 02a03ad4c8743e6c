using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// A loaded BPF object: its programs and maps are in the kernel. Made by <see cref="OpenBpfObject.Load"/> or <c>Bpf.LoadAsync</c>; attach
/// its programs, read its maps, then dispose it.
/// </summary>
/// <remarks>
/// Owner of everything that came from it. Programs and maps borrow from it and throw <see cref="ObjectDisposedException"/> once it is
/// disposed; the object itself closes after the last call that uses it has returned. Thread-safe.
/// </remarks>
public sealed partial class BpfObject : IAsyncDisposable, IDisposable
{
    private readonly BpfObjectHandle _handle;
    private readonly object _gate = new();
    private readonly List<object> _owned = [];
    private readonly BpfScope _scope;
    private Task? _closing;

    internal BpfObject(BpfObjectHandle handle, OpenBpfObject source, ProgramLogs logs)
    {
        _handle = handle;
        Name = source.Name;
        Image = source.Image;
        var owner = $"object '{Name}'";
        Programs = new NamedList<BpfProgram>(EnumeratePrograms(logs), program => program.Name, "program", owner);
        Maps = new NamedList<BpfMap>(EnumerateMaps(), map => map.Name, "map", owner);
        Globals = new NamedList<BpfGlobal>(EnumerateGlobals(source.Variables), global => global.Name, "global", owner);
        _scope = BpfScope.Current.Adopt(this);
    }

    /// <summary>The object's name: the file's without its suffix, or the one given.</summary>
    public string Name { get; }

    /// <summary>The object's own types; null when it was compiled without -g.</summary>
    public BtfData? Btf => Image.Btf;

    /// <summary>The programs, loaded or (where autoload was off) not.</summary>
    public NamedList<BpfProgram> Programs { get; }

    /// <summary>The maps, those made for globals included (<see cref="BpfMap.IsInternal"/>).</summary>
    public NamedList<BpfMap> Maps { get; }

    /// <summary>Whether <see cref="Dispose"/> or <see cref="DisposeAsync"/> was called.</summary>
    public bool IsDisposed
    {
        get
        {
            lock (_gate)
            {
                return _closing is not null;
            }
        }
    }

    internal ObjectImage Image { get; }

    /// <summary>The native owner, for a <see cref="HandleLease"/> around calls into libbpf.</summary>
    internal BpfObjectHandle Handle => _handle;

    /// <summary>Takes the object out of the current cell's ownership: it stays attached until it is disposed or the process ends.</summary>
    /// <returns>This object.</returns>
    public BpfObject Keep()
    {
        _scope.Release(this);
        return this;
    }

    /// <summary>
    /// Detaches and closes in the background (a detach takes 70-90 ms) and returns at once; await <see cref="DisposeAsync"/> to know that
    /// nothing is left.
    /// </summary>
    public void Dispose() => _ = CloseAsync();

    /// <summary>Detaches all programs and closes all descriptors.</summary>
    /// <returns>Completes when nothing of the object is left in the kernel, except what was pinned or is held by others.</returns>
    public ValueTask DisposeAsync() => new(CloseAsync());

    /// <summary>"opens: 1 program, 2 maps".</summary>
    public override string ToString() => $"{Name}: {Programs.Count} programs, {Maps.Count} maps{(IsDisposed ? " (disposed)" : "")}";

    /// <summary>
    /// Makes a link, a reader or a mapping part of this object: it is disposed (asynchronously where it can be) before the object closes.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The object is disposed already; the resource is disposed too.</exception>
    internal void Own(object resource)
    {
        if (!TryOwn(resource))
        {
            (resource as IDisposable)?.Dispose();
            throw new ObjectDisposedException(Name);
        }

        if (resource is BpfLink)
        {
            _scope.Attached?.Invoke(this);
        }
    }

    /// <summary>Forgets a resource that was disposed on its own.</summary>
    internal void Disown(object resource)
    {
        lock (_gate)
        {
            _owned.Remove(resource);
        }
    }

    /// <summary>Throws when the object is disposed.</summary>
    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(IsDisposed, this);

    private bool TryOwn(object resource)
    {
        lock (_gate)
        {
            if (_closing is null)
            {
                _owned.Add(resource);
            }

            return _closing is null;
        }
    }

    private Task CloseAsync()
    {
        lock (_gate)
        {
            return _closing ??= Task.Run(ReleaseAllAsync);
        }
    }

    private async Task ReleaseAllAsync()
    {
        object[] owned;
        lock (_gate)
        {
            owned = [.. _owned];
            _owned.Clear();
        }

        // Each detach waits for the kernel alone, so all wait together.
        await Task.WhenAll(owned.Select(ReleaseAsync)).ConfigureAwait(false);
        _handle.Dispose();
        _scope.Release(this);
    }

    private async Task ReleaseAsync(object resource)
    {
        try
        {
            await Task.Yield();
            if (resource is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                (resource as IDisposable)?.Dispose();
            }
        }
#pragma warning disable CA1031 // Disposing goes on with the rest; what failed is told.
        catch (Exception error)
#pragma warning restore CA1031
        {
            _scope.Report($"{Name}: {error.Message}");
        }
    }

    private IEnumerable<BpfProgram> EnumeratePrograms(ProgramLogs logs)
    {
        for (var p = LibBpf.bpf_object__next_program(_handle.Pointer, 0); p != 0; p = LibBpf.bpf_object__next_program(_handle.Pointer, p))
        {
            yield return new BpfProgram(this, p, logs);
        }
    }

    private IEnumerable<BpfMap> EnumerateMaps()
    {
        for (var m = LibBpf.bpf_object__next_map(_handle.Pointer, 0); m != 0; m = LibBpf.bpf_object__next_map(_handle.Pointer, m))
        {
            yield return new BpfMap(this, m);
        }
    }
}

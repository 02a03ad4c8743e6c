using System.Diagnostics.CodeAnalysis;

namespace BpfInteractive.Cells;

/// <summary>
/// What the variable of a BPF cell holds: the base of the class made for its object. Running the cell again puts the new programs inside where the types are the same, so
/// that whatever holds this object goes on with them; where they differ it ends, and names the cell that replaced it.
/// </summary>
/// <remarks>Owner of the loaded object. Thread-safe.</remarks>
public abstract class BpfCellObject : IAsyncDisposable, IDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<string, object> _views = new(StringComparer.Ordinal);
    private readonly BpfScope _scope;
    private BpfObject _object;
    private string? _replacedBy;
    private bool _isKept;

    /// <summary>Takes over what was loaded. Called by generated code.</summary>
    protected BpfCellObject(BpfCellBinding binding)
    {
        ArgumentNullException.ThrowIfNull(binding);
        Name = binding.Name;
        _object = binding.Object;
        _scope = BpfScope.Current.Adopt(this);
        binding.Bound = this;
    }

    /// <summary>The variable's name.</summary>
    public string Name { get; }

    /// <summary>The loaded object as the library knows it.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed, or a later cell with other types took its place.</exception>
    public BpfObject Object
    {
        get
        {
            lock (_gate)
            {
                return _replacedBy is null && !_object.IsDisposed ? _object : throw Gone();
            }
        }
    }

    /// <summary>Whether nothing is loaded any more.</summary>
    public bool IsDisposed
    {
        get
        {
            lock (_gate)
            {
                return _replacedBy is not null || _object.IsDisposed;
            }
        }
    }

    /// <summary>Whether <see cref="Keep"/> was called.</summary>
    public bool IsKept
    {
        get
        {
            lock (_gate)
            {
                return _isKept;
            }
        }
    }

    /// <summary>Leaves this object as it is when its cell runs again, which then makes another: until it is disposed by hand, or its session ends.</summary>
    public void Keep()
    {
        lock (_gate)
        {
            _isKept = true;
        }
    }

    /// <summary>Attaches every program by its section.</summary>
    public IReadOnlyList<BpfLink> Attach() => Object.Attach();

    /// <summary>Detaches and unloads in the background.</summary>
    public void Dispose()
    {
        Release().Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Detaches and unloads.</summary>
    /// <returns>Completes when nothing is left.</returns>
    public async ValueTask DisposeAsync()
    {
        await Release().DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>"opens: 1 programs, 2 maps".</summary>
    public override string ToString()
    {
        lock (_gate)
        {
            return _replacedBy is null ? _object.ToString() : $"{Name} (replaced by {_replacedBy})";
        }
    }

    /// <summary>Puts a newly loaded object inside.</summary>
    /// <returns>The one before; the caller disposes it.</returns>
    internal BpfObject Swap(BpfObject next)
    {
        lock (_gate)
        {
            _views.Clear();
            (var old, _object) = (_object, next);
            return old;
        }
    }

    /// <summary>Ends this object for the benefit of another.</summary>
    /// <returns>What it held; the caller disposes it.</returns>
    internal BpfObject Retire(string replacedBy)
    {
        lock (_gate)
        {
            _replacedBy = replacedBy;
        }

        return Release();
    }

    /// <summary>A map with its keys and values.</summary>
    protected BpfMap<TKey, TValue> Map<[DynamicallyAccessedMembers(Needed)] TKey, [DynamicallyAccessedMembers(Needed)] TValue>(string name)
        where TKey : unmanaged
        where TValue : unmanaged => View(name, static map => map.As<TKey, TValue>());

    /// <summary>A map with a value for each CPU.</summary>
    protected BpfPerCpuMap<TKey, TValue> PerCpu<[DynamicallyAccessedMembers(Needed)] TKey, [DynamicallyAccessedMembers(Needed)] TValue>(string name)
        where TKey : unmanaged
        where TValue : unmanaged => View(name, static map => map.AsPerCpu<TKey, TValue>());

    /// <summary>A queue or stack.</summary>
    protected BpfQueue<TValue> Queue<[DynamicallyAccessedMembers(Needed)] TValue>(string name)
        where TValue : unmanaged => View(name, static map => map.AsQueue<TValue>());

    /// <summary>A local storage.</summary>
    protected BpfLocalStorage<TValue> Storage<[DynamicallyAccessedMembers(Needed)] TValue>(string name)
        where TValue : unmanaged => View(name, static map => map.AsStorage<TValue>());

    /// <summary>A ring buffer whose records have no known type.</summary>
    protected RingBuffer Ring(string name) => View(name, static map => map.Object!.RingBuffer(map.Name));

    /// <summary>A perf event array whose records have no known type.</summary>
    protected PerfBuffer Perf(string name) => View(name, static map => map.Object!.PerfBuffer(map.Name));

    /// <summary>A ring buffer or perf event array with its records.</summary>
    protected BpfCellRecords<TRecord> Records<[DynamicallyAccessedMembers(Needed)] TRecord>(string name)
        where TRecord : unmanaged => new(this, name);

    internal RecordBuffer BufferOf(string name) =>
        View<RecordBuffer>(name, static map => map.Type == BpfMapType.RingBuffer ? map.Object!.RingBuffer(map.Name) : map.Object!.PerfBuffer(map.Name));

    private const DynamicallyAccessedMemberTypes Needed = DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields;

    /// <summary>A view checks its layout once for each load, and not at each use.</summary>
    private TView View<TView>(string name, Func<BpfMap, TView> make)
        where TView : class
    {
        lock (_gate)
        {
            if (!_views.TryGetValue(name, out var view))
            {
                _views[name] = view = make(Object.Maps[name]);
            }

            return (TView)view;
        }
    }

    private BpfObject Release()
    {
        _scope.Release(this);
        lock (_gate)
        {
            return _object;
        }
    }

    private ObjectDisposedException Gone() => new(Name, _replacedBy is null
        ? $"'{Name}' was disposed: run its cell again"
        : $"this '{Name}' is gone: {_replacedBy} replaced it by one with other types; take the variable anew");
}

/// <summary>Hands what was loaded to the class that was generated for it.</summary>
public sealed class BpfCellBinding
{
    internal BpfCellBinding(string name, BpfObject loaded)
    {
        Name = name;
        Object = loaded;
    }

    /// <summary>The variable's name.</summary>
    public string Name { get; }

    /// <summary>What was loaded.</summary>
    public BpfObject Object { get; }

    internal BpfCellObject? Bound { get; set; }

    /// <summary>Takes what was offered under a number; once. Called by C# that a host runs, which has no other way to an object of ours.</summary>
    /// <exception cref="InvalidOperationException">Nothing is offered under it.</exception>
    public static BpfCellBinding Take(int number) => s_offered.TryRemove(number, out var binding)
        ? binding
        : throw new InvalidOperationException("this code was made for one run of a BPF cell: run that cell again");

    /// <summary>Offers this to <see cref="Take"/>.</summary>
    internal int Offer()
    {
        var number = Interlocked.Increment(ref s_count);
        s_offered[number] = this;
        return number;
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<int, BpfCellBinding> s_offered = new();
    private static int s_count;
}

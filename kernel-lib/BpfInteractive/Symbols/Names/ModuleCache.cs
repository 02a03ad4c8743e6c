namespace BpfInteractive;

/// <summary>
/// Modules' symbols, read once and kept within a number of bytes: the least recently used goes first. By build id, so that a library that is
/// mapped from a hundred containers is read once.
/// </summary>
/// <remarks>
/// Thread-safe. A module is read outside of the lock by the first that asks; others wait for it. Sizes grow as names are made and are looked
/// at again after each use.
/// </remarks>
internal sealed class ModuleCache(long limitBytes)
{
    private readonly object _lock = new();
    private readonly Dictionary<object, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();
    private long _bytes;

    internal long SizeBytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Whether there are symbols under a key, or somebody reads them now.</summary>
    internal bool Has(object key)
    {
        lock (_lock)
        {
            return _entries.ContainsKey(key);
        }
    }

    /// <summary>The symbols under a key, read now if they are not here. What reading throws, everyone who waited gets, and it is not kept.</summary>
    internal ModuleSymbols Get(object key, Func<ModuleSymbols> read)
    {
        LinkedListNode<Entry>? node;
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out node))
            {
                _entries[key] = node = _byUse.AddFirst(new Entry(key, new Lazy<ModuleSymbols>(read)));
            }
        }

        try
        {
            return node.Value.Symbols.Value;
        }
        catch
        {
            Remove(node);
            throw;
        }
    }

    /// <summary>Marks a key as just used, takes its size anew, and lets others go until all fit.</summary>
    internal void Touch(object key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var node) || !node.Value.Symbols.IsValueCreated)
            {
                return;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            var size = node.Value.Symbols.Value.SizeBytes;
            _bytes += size - node.Value.SizeBytes;
            node.Value.SizeBytes = size;
            while (_bytes > limitBytes && _byUse.Last is { } last && last != node)
            {
                RemoveLocked(last);
            }
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(node.Value.Key, out var current) && current == node)
            {
                RemoveLocked(node);
            }
        }
    }

    private void RemoveLocked(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        _bytes -= node.Value.SizeBytes;
    }

    private sealed class Entry(object key, Lazy<ModuleSymbols> symbols)
    {
        internal object Key { get; } = key;

        internal Lazy<ModuleSymbols> Symbols { get; } = symbols;

        internal long SizeBytes { get; set; }
    }
}

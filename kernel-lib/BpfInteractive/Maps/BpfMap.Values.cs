namespace BpfInteractive;

/// <summary>Entries as .NET values by their BTF types: numbers, text, records. For people; loops over many entries use columns or C# structs.</summary>
public sealed partial class BpfMap
{
    /// <summary>
    /// The value of a key: <c>map[12]</c>, <c>map[new { pid = 12, cpu = 0 }]</c>, <c>map["10.0.0.0/8"]</c> for a trie over IP addresses, a process or thread id for
    /// task storage, a path for cgroup and inode storage. Of the per-CPU kinds it is an array with a value for each possible CPU; of a map of maps the inner map's
    /// id when read, a <see cref="BpfMap"/> when set; a program array takes a <see cref="BpfProgram"/>.
    /// </summary>
    /// <param name="key">What <see cref="BtfValue.Write(BtfType, object?, Span{byte})"/> takes for the key's type. Without BTF: an unsigned integer for 1, 2, 4 or 8 bytes, else the bytes.</param>
    /// <exception cref="KeyNotFoundException">Reading: the key is not there.</exception>
    /// <exception cref="ArgumentException">The key or value does not fit its type; the message names the member.</exception>
    public object? this[object key]
    {
        get => TryGetValue(key, out var value) ? value : throw MissingKey(key);
        set => Set(key, value, BpfMapSetMode.AddOrReplace);
    }

    /// <summary>Reads the value of a key.</summary>
    /// <param name="key">As for the indexer.</param>
    /// <param name="value">As for the indexer; null when the key is not there.</param>
    /// <returns>Whether the key is there.</returns>
    public bool TryGetValue(object key, out object? value)
    {
        using var encoded = MapKey.Of(this, key);
        var bytes = new byte[ValueBufferSize];
        var found = TryGet(encoded.Bytes, bytes);
        value = found ? ReadValue(bytes) : null;
        return found;
    }

    /// <summary>Sets the value of a key.</summary>
    /// <param name="key">As for the indexer.</param>
    /// <param name="value">What <see cref="BtfValue.Write(BtfType, object?, Span{byte})"/> takes; for the per-CPU kinds as many as there are possible CPUs.</param>
    /// <param name="mode">What to do when the key is there already, or is not.</param>
    public void Set(object key, object? value, BpfMapSetMode mode)
    {
        using var encoded = MapKey.Of(this, key);
        using var held = HeldValue.Of(this, value);
        Set(encoded.Bytes, held.Bytes, mode);
    }

    /// <summary>Adds a key that is not there.</summary>
    /// <exception cref="BpfException">It is there already.</exception>
    public void Add(object key, object? value) => Set(key, value, BpfMapSetMode.Add);

    /// <summary>Whether a key is there.</summary>
    public bool ContainsKey(object key)
    {
        using var encoded = MapKey.Of(this, key);
        return Contains(encoded.Bytes);
    }

    /// <summary>Deletes a key.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(object key)
    {
        using var encoded = MapKey.Of(this, key);
        return Delete(encoded.Bytes);
    }

    /// <summary>All entries, read in batches where the kernel can.</summary>
    public IEnumerable<KeyValuePair<object, object?>> Entries()
    {
        using var reader = MapReader.Open(this, take: false);
        while (reader.Next())
        {
            for (var i = 0; i < reader.Count; i++)
            {
                yield return new(EntryKey(reader, i), ReadValue(reader.Values.Slice(i * reader.ValueStride, ValueBufferSize)));
            }
        }
    }

    /// <summary>Puts a value into a queue, onto a stack or into a bloom filter.</summary>
    public void Push(object value)
    {
        using var held = HeldValue.Of(this, value);
        if (Type == BpfMapType.BloomFilter)
        {
            AddToFilter(held.Bytes);
        }
        else
        {
            Push(held.Bytes);
        }
    }

    /// <summary>Takes the oldest value out of a queue, the youngest off a stack.</summary>
    /// <returns>False when it is empty.</returns>
    public bool TryPop(out object? value)
    {
        var bytes = new byte[ValueSize];
        var found = TryPop(bytes);
        value = found ? ReadValue(bytes) : null;
        return found;
    }

    internal object? ReadValue(ReadOnlySpan<byte> bytes)
    {
        if (!IsPerCpu)
        {
            return ReadOne(bytes);
        }

        var values = new object?[PossibleCpus.Count];
        for (var cpu = 0; cpu < values.Length; cpu++)
        {
            values[cpu] = ReadOne(bytes.Slice(cpu * CpuStride, ValueSize));
        }

        return values;
    }

    private object? ReadOne(ReadOnlySpan<byte> bytes) => Type switch
    {
        BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps or BpfMapType.ProgArray => BitConverter.ToInt32(bytes),
        _ => Plain.Read(ValueType, bytes),
    };

    private object EntryKey(MapReader reader, int index)
    {
        if (reader.KeyTexts is { } texts)
        {
            return texts[index];
        }

        var key = reader.Keys.Slice(index * KeySize, KeySize);
        return Type == BpfMapType.TaskStorage ? BitConverter.ToInt32(key) : Plain.Read(KeyType, key)!;
    }

    private KeyNotFoundException MissingKey(object key)
    {
        if (IsLocalStorage)
        {
            return new($"{Subject} has no value for {key}");
        }

        using var encoded = MapKey.Of(this, key);
        return MissingKey(encoded.Bytes);
    }
}

namespace BpfInteractive;

/// <summary>A key that a caller gave, as the kernel's bytes; what had to be opened for it is closed with it.</summary>
internal readonly struct MapKey : IDisposable
{
    private readonly StorageOwner? _owner;

    private MapKey(byte[] bytes, StorageOwner? owner)
    {
        Bytes = bytes;
        _owner = owner;
    }

    internal byte[] Bytes { get; }

    public void Dispose() => _owner?.Dispose();

    internal static MapKey Of(BpfMap map, object key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (map.IsLocalStorage)
        {
            var owner = StorageOwner.Of(map, key);
            return new(BitConverter.GetBytes(owner.Fd), owner);
        }

        if (map.Type == BpfMapType.LpmTrie && key is string prefix && IpPrefix.Fits(map.KeySize))
        {
            return new(Prefix(map, prefix), null);
        }

        if (map.KeySize == 0)
        {
            throw new BpfException("read by key", map.Subject, 0, $"it is {map.Traits.Noun}, which has no keys", map.Traits.Instead);
        }

        var bytes = new byte[map.KeySize];
        Plain.Write(map.KeyType, key, bytes, $"a key of {map.Subject}");
        return new(bytes, null);
    }

    private static byte[] Prefix(BpfMap map, string prefix)
    {
        var bytes = IpPrefix.Parse(prefix);
        return bytes.Length == map.KeySize
            ? bytes
            : throw new ArgumentException($"a key of {map.Subject} holds {map.KeySize - 4} bytes of address, and '{prefix}' has {bytes.Length - 4}");
    }
}

using System.Globalization;
using System.Text;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>What <see cref="BpfMap.Create"/> makes.</summary>
public sealed record BpfMapOptions
{
    /// <summary>The kind of map.</summary>
    public required BpfMapType Type { get; init; }

    /// <summary>Bytes of a key: 4 for arrays and local storage, 0 for queues, stacks, bloom filters and ring buffers.</summary>
    public int KeySize { get; init; }

    /// <summary>Bytes of a value; 4 for maps of maps and of programs, 0 for ring buffers.</summary>
    public int ValueSize { get; init; }

    /// <summary>The most entries; for a ring buffer its bytes; 0 for local storage.</summary>
    public uint MaxEntries { get; init; }

    /// <summary>At most 15 letters, digits, underscores and dots.</summary>
    public string Name { get; init; } = "";

    /// <summary>How it is made and who may write to it. LPM tries and local storage need NoPreallocation and get it by themselves.</summary>
    public BpfMapFlags Flags { get; init; }

    /// <summary>For maps of maps: a map like those that will be put in. It is only looked at.</summary>
    public BpfMap? Inner { get; init; }

    /// <summary>What the kind reads from it: a bloom filter's number of hash functions.</summary>
    public ulong Extra { get; init; }

    private string Subject => $"map '{Name}'";

    internal MapCreateAttributes ToAttributes()
    {
        if (Name.Length > 15 || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.'))
        {
            throw new ArgumentException($"a map's name has at most 15 letters, digits, underscores and dots: '{Name}'");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(KeySize);
        ArgumentOutOfRangeException.ThrowIfNegative(ValueSize);
        var attributes = new MapCreateAttributes
        {
            MapType = (uint)Type,
            KeySize = (uint)KeySize,
            ValueSize = (uint)ValueSize,
            MaxEntries = MaxEntries,
            Flags = (uint)(NeedsNoPreallocation ? Flags | BpfMapFlags.NoPreallocation : Flags),
            InnerMapFd = Inner is null ? 0 : (uint)Inner.Fd,
            Extra = Extra,
        };
        SetName(ref attributes);
        return attributes;
    }

    /// <summary>The kernel says only EINVAL or EPERM: show what was asked for, and the rule that is known to be broken.</summary>
    internal BpfException Refused(int errno)
    {
        var asked = string.Create(
            CultureInfo.InvariantCulture, $"{MapTraits.Of(Type).Noun}, key {KeySize} bytes, value {ValueSize} bytes, {MaxEntries:N0} entries, flags {Flags}");
        var hint = errno switch
        {
            Errno.EPERM => "making maps takes CAP_BPF, or root",
            Errno.ENOMEM => "it needs more memory than this cgroup may use",
            Errno.E2BIG => "keys and values together are larger than the kernel allocates",
            Errno.EINVAL => BrokenRule(),
            _ => null,
        };
        return new BpfException("make", Subject, errno, asked, hint);
    }

    private bool NeedsNoPreallocation => Type is BpfMapType.LpmTrie or BpfMapType.TaskStorage or BpfMapType.CgroupLocalStorage
        or BpfMapType.InodeStorage or BpfMapType.SkStorage;

    private string? BrokenRule() => Type switch
    {
        BpfMapType.Array or BpfMapType.PerCpuArray or BpfMapType.ProgArray or BpfMapType.PerfEventArray or BpfMapType.ArrayOfMaps
            when KeySize != 4 => "an array's key has 4 bytes",
        BpfMapType.TaskStorage or BpfMapType.CgroupLocalStorage or BpfMapType.InodeStorage or BpfMapType.SkStorage
            when KeySize != 4 || MaxEntries != 0 => "local storage has a key of 4 bytes and 0 entries, and takes its key and value types from BTF: make it by an object",
        BpfMapType.TaskStorage or BpfMapType.CgroupLocalStorage or BpfMapType.InodeStorage or BpfMapType.SkStorage
            => "local storage takes its key and value types from BTF: make it by an object",
        BpfMapType.Queue or BpfMapType.Stack or BpfMapType.BloomFilter or BpfMapType.RingBuffer when KeySize != 0 => "it has no keys: key size 0",
        BpfMapType.RingBuffer => "a ring buffer has no value size, and a power of two of at least one page as its entries",
        BpfMapType.LpmTrie when KeySize is < 5 or > 260 => "a key of a trie is a u32 prefix length and 1 to 256 bytes of data",
        BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps when Inner is null => "a map of maps takes an inner map as its pattern",
        _ when MaxEntries == 0 => "it needs at least one entry",
        _ when ValueSize == 0 => "its value needs at least one byte",
        _ => null,
    };

    private unsafe void SetName(ref MapCreateAttributes attributes)
    {
        // SAFETY: the name was checked to be at most 15 ASCII characters of the 16 there are.
        fixed (byte* name = attributes.Name)
        {
            Encoding.ASCII.GetBytes(Name, new Span<byte>(name, 16));
        }
    }
}

using System.Runtime.CompilerServices;

namespace BpfInteractive;

/// <summary>
/// Gathers the rows of a snapshot. What belongs to a file (identity, path, kind) is said once, by <see cref="AddName"/>; a row then costs a
/// dozen stores and no allocation.
/// </summary>
internal sealed class VmaTable
{
    private static readonly TextDictionary s_permissions = Dictionary(VmaPermissionText.All);
    private static readonly TextDictionary s_kinds = Dictionary(VmaKinds.Names);

    private readonly TextDictionaryBuilder _paths = new();
    private readonly TextDictionaryBuilder _devices = new();
    private NameCodes[] _names = new NameCodes[16];
    private int _nameCount;
    private Rows _rows;

    internal int Count { get; private set; }

    /// <summary>Whether a row ends above an address.</summary>
    internal bool HasAddressAbove(ulong address) => Count > 0 && _rows.Ends[Count - 1] > address;

    /// <summary>Makes room for a number of rows in all.</summary>
    internal void EnsureCapacity(int rows)
    {
        if (rows > (_rows.Starts?.Length ?? 0))
        {
            _rows.Resize(Math.Max(rows, Math.Max(64, Count * 2)), Count);
        }
    }

    /// <summary>Takes in a file or another thing with a name; rows then go by its number.</summary>
    internal int AddName(VmaName name)
    {
        if (_nameCount == _names.Length)
        {
            Array.Resize(ref _names, _nameCount * 2);
        }

        _names[_nameCount] = new NameCodes
        {
            Path = name.Path.Length == 0 ? -1 : _paths.Intern(name.Path),
            Device = _devices.Intern(VmaName.DeviceText(name.Device)),
            KernelDevice = name.KernelFile is { } file ? _devices.Intern(VmaName.DeviceText(file.Device)) : -1,
            Inode = name.Inode,
            KernelInode = name.KernelFile?.Inode ?? 0,
            Kind = (int)name.Kind,
            Generation = name.Generation.GetValueOrDefault(),
            HasGeneration = name.Generation is null ? 0 : 1,
            IsDeleted = name.IsDeleted,
            IsTruncated = name.IsTruncated,
            BuildId = name.BuildId,
        };
        return _nameCount++;
    }

    /// <summary>Adds a row.</summary>
    internal void Add(ulong start, ulong end, int permissions, ulong offset, int name)
    {
        EnsureCapacity(Count + 1);
        Put(Count, start, end, permissions, offset, name);
        Count++;
    }

    /// <summary>Adds the rows of a batch; <paramref name="numbers"/> has the number of each name that the program gave.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Add(ReadOnlySpan<VmaRecord> records, ReadOnlySpan<int> numbers, KernelRows.Unnamed unnamed, ulong pageSize)
    {
        EnsureCapacity(Count + records.Length + 1);
        var row = Count;
        foreach (ref readonly var record in records)
        {
            var name = record.Name != 0 ? numbers[(int)record.Name - 1] : unnamed.NumberOf(record.Flags);
            Put(row++, record.Start, record.End, (int)record.Flags, record.PageOffset * pageSize, name);
        }

        Count = row;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(int row, ulong start, ulong end, int permissions, ulong offset, int name)
    {
        ref readonly var codes = ref _names[name];
        _rows.Starts![row] = start;
        _rows.Ends[row] = end;
        _rows.Permissions[row] = permissions & 15;
        _rows.Offsets[row] = offset;
        _rows.Devices[row] = codes.Device;
        _rows.Inodes[row] = codes.Inode;
        _rows.Paths[row] = codes.Path;
        _rows.Kinds[row] = codes.Kind;
        _rows.Names[row] = name;
    }

    /// <summary>The rows as columns, in the order of /proc/PID/maps.</summary>
    internal Columns ToColumns(string name, Losses losses)
    {
        _rows.Resize(Math.Max(Count, _rows.Starts?.Length ?? 0), Count);
        var devices = _devices.ToDictionary();
        Column[] columns =
        [
            Values("start", _rows.Starts!, ColumnFormat.Address),
            Values("end", _rows.Ends, ColumnFormat.Address),
            Text("perms", _rows.Permissions, s_permissions),
            Values("offset", _rows.Offsets, ColumnFormat.Hexadecimal),
            Text("dev", _rows.Devices, devices),
            Values("inode", _rows.Inodes),
            Paths(),
            Text("kind", _rows.Kinds, s_kinds),
            .. Details(devices),
        ];
        return new Columns(name, columns, losses);
    }

    // What only some engines know, and flags that are mostly false. One pass, without a branch for most rows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Column[] Details(TextDictionary devices)
    {
        var deleted = new bool[Count];
        var truncated = new bool[Count];
        var generations = new uint[Count];
        var kernelDevices = new int[Count];
        var kernelInodes = new ulong[Count];
        var hasGeneration = new byte[(Count + 7) / 8];
        var hasKernelFile = new byte[(Count + 7) / 8];
        for (var row = 0; row < Count; row++)
        {
            ref readonly var codes = ref _names[_rows.Names[row]];
            deleted[row] = codes.IsDeleted;
            truncated[row] = codes.IsTruncated;
            generations[row] = codes.Generation;
            kernelDevices[row] = codes.KernelDevice;
            kernelInodes[row] = codes.KernelInode;
            hasGeneration[row >> 3] |= (byte)(codes.HasGeneration << (row & 7));
            hasKernelFile[row >> 3] |= (byte)((codes.KernelDevice < 0 ? 0 : 1) << (row & 7));
        }

        return
        [
            Values("deleted", deleted),
            Values("truncated", truncated),
            Values("generation", generations, validity: hasGeneration),
            BuildIds(),
            new TextColumn("kernel_dev", ColumnFormat.None, kernelDevices, 0, Count, devices, new Validity(hasKernelFile)),
            Values("kernel_inode", kernelInodes, validity: hasKernelFile),
        ];
    }

    private BytesColumn BuildIds()
    {
        var ids = new BytesColumnBuilder("build_id");
        if (!_names.Take(_nameCount).Any(name => name.BuildId is not null))
        {
            return new BytesColumn("build_id", ColumnFormat.None, new int[Count + 1], 0, Count, [], new Validity(new byte[(Count + 7) / 8]));
        }

        for (var row = 0; row < Count; row++)
        {
            if (_names[_rows.Names[row]].BuildId is { } id)
            {
                ids.Append(id);
            }
            else
            {
                ids.AppendNull();
            }
        }

        return ids.ToColumn();
    }

    private Column<T> Values<T>(string name, T[] values, ColumnFormat format = ColumnFormat.None, byte[]? validity = null)
        where T : unmanaged => new(name, format, values, 0, Count, new Validity(validity));

    private TextColumn Text(string name, int[] codes, TextDictionary dictionary) => new(name, ColumnFormat.None, codes, 0, Count, dictionary, default);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private TextColumn Paths()
    {
        var codes = _rows.Paths;
        var has = new byte[(Count + 7) / 8];
        for (var row = 0; row < Count; row++)
        {
            has[row >> 3] |= (byte)((codes[row] < 0 ? 0 : 1) << (row & 7));
        }

        return new TextColumn("path", ColumnFormat.None, codes, 0, Count, _paths.ToDictionary(), new Validity(has));
    }

    private static TextDictionary Dictionary(string[] texts)
    {
        var builder = new TextDictionaryBuilder();
        foreach (var text in texts)
        {
            builder.Intern(text);
        }

        return builder.ToDictionary();
    }

    private struct NameCodes
    {
        internal int Path;
        internal int Device;
        internal int KernelDevice;
        internal int Kind;
        internal ulong Inode;
        internal ulong KernelInode;
        internal uint Generation;
        internal int HasGeneration;
        internal bool IsDeleted;
        internal bool IsTruncated;
        internal byte[]? BuildId;
    }

    private struct Rows
    {
        internal ulong[]? Starts;
        internal ulong[] Ends;
        internal int[] Permissions;
        internal ulong[] Offsets;
        internal int[] Devices;
        internal ulong[] Inodes;
        internal int[] Paths;
        internal int[] Kinds;
        internal int[] Names;

        internal void Resize(int capacity, int used)
        {
            if (Starts?.Length == capacity)
            {
                return;
            }

            Starts = Grown(Starts, used, capacity);
            Ends = Grown(Ends, used, capacity);
            Permissions = Grown(Permissions, used, capacity);
            Offsets = Grown(Offsets, used, capacity);
            Devices = Grown(Devices, used, capacity);
            Inodes = Grown(Inodes, used, capacity);
            Paths = Grown(Paths, used, capacity);
            Kinds = Grown(Kinds, used, capacity);
            Names = Grown(Names, used, capacity);
        }

        private static T[] Grown<T>(T[]? array, int used, int capacity)
        {
            var grown = GC.AllocateUninitializedArray<T>(capacity);
            array.AsSpan(0, used).CopyTo(grown);
            return grown;
        }
    }
}

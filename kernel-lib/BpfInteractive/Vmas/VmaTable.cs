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

    /// <summary>The end of the last row; 0 when there is none.</summary>
    internal ulong LastEnd => Count == 0 ? 0 : _rows.Ends[Count - 1];

    /// <summary>The start of the first row; the highest address when there is none.</summary>
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
            Generation = name.Generation,
            IsDeleted = name.IsDeleted,
            IsTruncated = name.IsTruncated,
            BuildId = name.BuildId,
        };
        return _nameCount++;
    }

    /// <summary>Adds a row.</summary>
    internal void Add(ulong start, ulong end, int permissions, ulong offset, int name)
    {
        var row = Count;
        if (row == (_rows.Starts?.Length ?? 0))
        {
            EnsureCapacity(row + 1);
        }

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
        Count = row + 1;
    }

    /// <summary>The rows as columns, in the order of /proc/PID/maps.</summary>
    internal Columns ToColumns(string name, Losses losses)
    {
        _rows.Resize(Math.Max(Count, _rows.Starts?.Length ?? 0), Count);
        var paths = _paths.ToDictionary();
        var devices = _devices.ToDictionary();
        Column[] columns =
        [
            Numbers("start", _rows.Starts!, ColumnFormat.Address),
            Numbers("end", _rows.Ends, ColumnFormat.Address),
            Text("perms", _rows.Permissions, s_permissions),
            Numbers("offset", _rows.Offsets, ColumnFormat.Hexadecimal),
            Text("dev", _rows.Devices, devices),
            Numbers("inode", _rows.Inodes, ColumnFormat.None),
            Text("path", _rows.Paths, paths),
            Text("kind", _rows.Kinds, s_kinds),
            .. Details(devices),
        ];
        return new Columns(name, columns, losses);
    }

    // What only some engines know, and flags that are mostly false.
    private Column[] Details(TextDictionary devices)
    {
        var deleted = new ColumnBuilder<bool>("deleted");
        var truncated = new ColumnBuilder<bool>("truncated");
        var generation = new ColumnBuilder<uint>("generation");
        var buildId = new BytesColumnBuilder("build_id");
        var kernelInode = new ColumnBuilder<ulong>("kernel_inode");
        var kernelDevices = new int[Count];
        foreach (ColumnBuilder builder in (ColumnBuilder[])[deleted, truncated, generation, buildId, kernelInode])
        {
            builder.EnsureCapacity(Count);
        }

        for (var row = 0; row < Count; row++)
        {
            ref readonly var codes = ref _names[_rows.Names[row]];
            deleted.Append(codes.IsDeleted);
            truncated.Append(codes.IsTruncated);
            generation.Append(codes.Generation.GetValueOrDefault());
            kernelInode.Append(codes.KernelInode);
            buildId.Append(codes.BuildId);
            kernelDevices[row] = codes.KernelDevice;
            if (codes.Generation is null)
            {
                generation.SetNull(row);
            }

            if (codes.KernelDevice < 0)
            {
                kernelInode.SetNull(row);
            }

            if (codes.BuildId is null)
            {
                buildId.SetNull(row);
            }
        }

        return
        [
            deleted.ToColumn(), truncated.ToColumn(), generation.ToColumn(), buildId.ToColumn(),
            Text("kernel_dev", kernelDevices, devices), kernelInode.ToColumn(),
        ];
    }

    private Column<ulong> Numbers(string name, ulong[] values, ColumnFormat format) => new(name, format, values, 0, Count, default);

    private TextColumn Text(string name, int[] codes, TextDictionary dictionary)
    {
        var validity = default(ValidityBuilder);
        for (var row = 0; row < Count; row++)
        {
            if (codes[row] < 0)
            {
                validity.SetNull(row);
            }
        }

        return new TextColumn(name, ColumnFormat.None, codes, 0, Count, dictionary, validity.ToValidity(Count));
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
        internal uint? Generation;
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

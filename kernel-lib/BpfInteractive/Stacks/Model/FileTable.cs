namespace BpfInteractive;

/// <summary>The distinct files. A build id that becomes known later is put in; two builds at one path are two files.</summary>
internal sealed class FileTable
{
    private readonly Dictionary<ProfileFile, int> _numbers = [];
    private readonly List<ProfileFile> _files = [];

    internal int Count => _files.Count;

    internal ProfileFile this[int file] => _files[file];

    internal int Add(ProfileFile file)
    {
        if (_numbers.TryGetValue(file, out var number))
        {
            return number;
        }

        var isKnown = _numbers.TryGetValue(file.WithoutBuildId, out number);
        if (isKnown && (_files[number].BuildId.IsEmpty || _files[number].BuildId == file.BuildId))
        {
            SetBuildId(number, file.BuildId, file.CodeBias);
            return number;
        }

        number = _files.Count;
        _files.Add(file);
        _numbers.Add(file, number);
        if (!isKnown)
        {
            _numbers[file.WithoutBuildId] = number;
        }

        return number;
    }

    /// <summary>The file with a build id that a build-id stack told of: one that was seen mapped, or one of which nothing else is known.</summary>
    internal int Of(BuildId buildId)
    {
        var number = _files.FindIndex(file => file.BuildId.IsSameBuild(buildId));
        return number >= 0 ? number : Add(new ProfileFile { Path = $"[build id {buildId}]", BuildId = buildId });
    }

    internal void SetBuildId(int number, BuildId buildId, long? codeBias = null)
    {
        if (!buildId.IsEmpty)
        {
            _files[number] = _files[number] with { BuildId = buildId, CodeBias = codeBias ?? _files[number].CodeBias };
            _numbers.TryAdd(_files[number], number);
        }
    }

    internal Columns ToColumns()
    {
        var rows = new ColumnsBuilder("files");
        var kinds = rows.AddText("kind");
        var paths = rows.AddText("path");
        var buildIds = rows.AddBytes("build_id");
        var devices = rows.Add<uint>("device", ColumnFormat.Hexadecimal);
        var inodes = rows.Add<ulong>("inode");
        var generations = rows.Add<uint>("generation");
        var kernelDevices = rows.Add<uint>("kernel_device", ColumnFormat.Hexadecimal);
        var kernelInodes = rows.Add<ulong>("kernel_inode");
        var sizes = rows.Add<long>("size", ColumnFormat.Bytes);
        var modified = rows.Add<long>("modified", ColumnFormat.UnixNanoseconds);
        var changed = rows.Add<long>("changed", ColumnFormat.UnixNanoseconds);
        var deleted = rows.Add<bool>("deleted");
        var biases = rows.Add<long>("code_bias", ColumnFormat.Hexadecimal);
        var mms = rows.Add<int>("mm");
        foreach (var file in _files)
        {
            kinds.Append(ProfileFileKinds.Names[(int)file.Kind]);
            paths.Append(file.Path);
            Append(buildIds, file.BuildId);
            devices.Append(file.Device);
            inodes.Append(file.Inode);
            generations.AppendNullable(file.Generation);
            kernelDevices.AppendNullable(file.KernelDevice);
            kernelInodes.AppendNullable(file.KernelInode);
            sizes.AppendNullable(file.SizeBytes);
            modified.AppendNullable(file.ModifiedNs);
            changed.AppendNullable(file.ChangedNs);
            deleted.Append(file.IsDeleted);
            biases.AppendNullable(file.CodeBias);
            mms.Append(file.Mm);
        }

        return rows.ToColumns();
    }

    /// <summary>A row as it was added.</summary>
    internal static ProfileFile Read(Columns rows, int row)
    {
        var buildId = (BytesColumn)rows["build_id"];
        return new ProfileFile
        {
            Kind = (ProfileFileKind)Array.IndexOf(ProfileFileKinds.Names, rows.Text("kind")[row]),
            Path = rows.Text("path")[row] ?? "",
            BuildId = buildId.IsNull(row) ? default : new BuildId(buildId[row]),
            Device = rows.Values<uint>("device")[row],
            Inode = rows.Values<ulong>("inode")[row],
            Generation = rows.Nullable<uint>("generation", row),
            KernelDevice = rows.Nullable<uint>("kernel_device", row),
            KernelInode = rows.Nullable<ulong>("kernel_inode", row),
            SizeBytes = rows.Nullable<long>("size", row),
            ModifiedNs = rows.Nullable<long>("modified", row),
            ChangedNs = rows.Nullable<long>("changed", row),
            IsDeleted = rows.Values<bool>("deleted")[row],
            CodeBias = rows.TryGet("code_bias", out _) ? rows.Nullable<long>("code_bias", row) : null, // Captures of earlier builds have it not.
            Mm = rows.Values<int>("mm")[row],
        };
    }

    private static void Append(BytesColumnBuilder column, BuildId buildId)
    {
        if (buildId.IsEmpty)
        {
            column.AppendNull();
            return;
        }

        column.Append(Convert.FromHexString(buildId.ToString()));
    }
}

/// <summary>Values that may be missing, in and out of columns.</summary>
internal static class NullableValues
{
    internal static void AppendNullable<T>(this ColumnBuilder<T> column, T? value)
        where T : unmanaged
    {
        if (value is { } known)
        {
            column.Append(known);
        }
        else
        {
            column.AppendNull();
        }
    }

    internal static T? Nullable<T>(this Columns rows, string name, int row)
        where T : unmanaged => rows[name].IsNull(row) ? null : rows.Values<T>(name)[row];
}

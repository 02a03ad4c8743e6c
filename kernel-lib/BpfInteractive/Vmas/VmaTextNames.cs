using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// The names of an engine that gets them as the kernel prints them: tells " (deleted)" the mark from " (deleted)" the end of a file's name,
/// and gives each its number in the table once.
/// </summary>
internal sealed class VmaTextNames
{
    private readonly VmaTable _table;
    private readonly string _folder;
    private readonly TextDictionaryBuilder _texts = new();
    private readonly Dictionary<(int Text, uint Device, ulong Inode), int> _numbers = [];

    internal VmaTextNames(VmaTable table, string folder)
    {
        _table = table;
        _folder = folder;
    }

    /// <summary>How many names ended in " (deleted)" and were taken for deleted because no such file was found.</summary>
    internal int AssumedDeleted { get; private set; }

    /// <summary>The number of a name; <paramref name="buildId"/> is asked for when it is new.</summary>
    internal int NumberOf(ReadOnlySpan<byte> name, uint device, ulong inode, bool truncated, Func<byte[]?>? buildId)
    {
        var key = (_texts.Intern(name), device, inode);
        if (!_numbers.TryGetValue(key, out var number))
        {
            number = _table.AddName(Describe(name, device, inode, truncated, buildId?.Invoke()));
            _numbers.Add(key, number);
        }

        return number;
    }

    private VmaName Describe(ReadOnlySpan<byte> name, uint device, ulong inode, bool truncated, byte[]? buildId)
    {
        var deleted = name.EndsWith(VmaPath.DeletedSuffix) && !IsNameOf(name, inode);
        var path = deleted ? name[..^VmaPath.DeletedSuffix.Length] : name;
        return new VmaName
        {
            Kind = truncated ? VmaKind.File : VmaKinds.Of(path, deleted),
            Path = VmaPath.ToUtf8(path).ToArray(),
            IsDeleted = deleted,
            IsTruncated = truncated,
            Device = device,
            Inode = inode,
            IsFile = inode != 0 || device != 0,
            BuildId = buildId,
        };
    }

    // A file that is really called "x (deleted)" is found under that name, with the inode number that is mapped. Here or, for a process in
    // another mount namespace, there. The device is not compared: on btrfs and overlays stat(2) gives another than /proc does.
    private bool IsNameOf(ReadOnlySpan<byte> name, ulong inode)
    {
        if (name[0] != (byte)'/')
        {
            return false;
        }

        var found = InodeOf([.. name, 0]) == inode || InodeOf([.. System.Text.Encoding.UTF8.GetBytes(_folder + "/root"), .. name, 0]) == inode;
        AssumedDeleted += found ? 0 : 1;
        return found;
    }

    private static unsafe ulong? InodeOf(ReadOnlySpan<byte> path)
    {
        Libc.Statx result;

        // SAFETY: the path ends in a NUL and is pinned; statx writes no more than its 256 bytes.
        fixed (byte* pointer = path)
        {
            return Libc.statx(Libc.AT_FDCWD, pointer, Libc.AT_SYMLINK_NOFOLLOW, Libc.Statx.InodeMask, &result) == 0 ? result.Inode : null;
        }
    }
}

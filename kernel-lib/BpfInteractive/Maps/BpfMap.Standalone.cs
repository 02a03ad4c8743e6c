using System.Text;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Maps without an object: made here, opened by id or from a pin. Their caller owns them.</summary>
public sealed unsafe partial class BpfMap : IDisposable
{
    private BpfMap(FileDescriptor handle, in MapInfo info, string? name)
    {
        _owner = handle;
        _fd = handle.Value;
        Name = name ?? info.NameText();
        Type = (BpfMapType)info.Type;
        KeySize = (int)info.KeySize;
        ValueSize = (int)info.ValueSize;
        MaxEntries = info.MaxEntries;
        Flags = info.Flags;
        KeyTypeId = (int)info.BtfKeyTypeId;
        ValueTypeId = (int)info.BtfValueTypeId;
    }

    /// <summary>The map's number in the kernel, as bpftool shows it.</summary>
    public int Id => (int)ReadInfo().Id;

    /// <summary>Whether user space can no longer write to it (BPF_MAP_FREEZE).</summary>
    public bool IsFrozen
    {
        get
        {
            using var lease = Borrow();
            return File.ReadLines($"/proc/self/fdinfo/{Fd}").Any(line => line.StartsWith("frozen:", StringComparison.Ordinal) && line.TrimEnd().EndsWith('1'));
        }
    }

    /// <summary>Makes a map without an object.</summary>
    /// <param name="options">Its kind and sizes.</param>
    /// <returns>The map; it goes away when it is disposed, unless it is pinned or a program uses it.</returns>
    /// <exception cref="BpfException">The kernel refuses: it says only EINVAL, so the message lists what was asked for.</exception>
    public static BpfMap Create(BpfMapOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var fd = CreateDescriptor(options);
        return fd >= 0 ? Open(fd, options.Name) : throw options.Refused(-fd);
    }

    /// <summary>Opens a map by its number.</summary>
    /// <param name="id">As <see cref="Id"/> and bpftool show it.</param>
    /// <param name="access">ReadOnly or WriteOnly to open it so; else both.</param>
    /// <exception cref="BpfException">There is none, or the caller may not (CAP_SYS_ADMIN).</exception>
    public static BpfMap OpenById(int id, BpfMapFlags access = BpfMapFlags.None)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(id);
        var fd = MapSyscall.OpenById((uint)id, (uint)access);
        return fd >= 0 ? Open(fd, null) : throw MapErrors.OpenById(id, -fd);
    }

    /// <summary>Opens a map that was pinned in a BPF file system.</summary>
    /// <param name="path">The pin: "/sys/fs/bpf/counts".</param>
    /// <param name="access">ReadOnly or WriteOnly to open it so; else both.</param>
    /// <exception cref="BpfException">There is no such file, it is no map, or the caller may not.</exception>
    public static BpfMap OpenPinned(string path, BpfMapFlags access = BpfMapFlags.None)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        fixed (byte* text = Encoding.UTF8.GetBytes(path + '\0'))
        {
            // SAFETY: the path is pinned and ends with a zero.
            var fd = MapSyscall.OpenPinned(text, (uint)access);
            return fd >= 0 ? Open(fd, null, path) : throw MapErrors.OpenPinned(path, -fd);
        }
    }

    /// <summary>Makes a file of a BPF file system hold the map, so that it outlives this process.</summary>
    /// <param name="path">A file that does not exist: "/sys/fs/bpf/counts". Missing folders are made.</param>
    /// <exception cref="BpfException">The file exists, its folder is not in a BPF file system, or the caller may not.</exception>
    public void Pin(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var lease = Borrow();
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
        }

        fixed (byte* text = Encoding.UTF8.GetBytes(path + '\0'))
        {
            // SAFETY: the path is pinned and ends with a zero.
            var result = MapSyscall.Pin(Fd, text);
            if (result < 0)
            {
                throw MapErrors.Pin(this, path, -result);
            }
        }
    }

    /// <summary>Removes a pin. The map stays as long as someone else holds it.</summary>
    /// <param name="path">What was pinned.</param>
    /// <returns>Whether there was one.</returns>
    public static bool Unpin(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Libc.unlink(path) == 0)
        {
            return true;
        }

        var errno = Errno.Last;
        return errno == Errno.ENOENT ? false : throw new BpfException("unpin", path, errno);
    }

    /// <summary>Forbids all further writes by user space; programs still write (unless it is <see cref="BpfMapFlags.ReadOnlyProgram"/>). It cannot be undone.</summary>
    public void Freeze()
    {
        using var lease = Borrow();
        var result = MapSyscall.Freeze(Fd);
        if (result < 0)
        {
            throw MapErrors.Freeze(this, -result);
        }
    }

    /// <summary>Closes a map that was made or opened on its own; a map of an object goes with its object, and this does nothing.</summary>
    public void Dispose()
    {
        if (Object is null)
        {
            _owner.Dispose();
        }
    }

    internal MapInfo ReadInfo()
    {
        using var lease = Borrow();
        Errno.ThrowIfNegative(MapSyscall.GetInfo(Fd, out var info), "describe", Subject);
        return info;
    }

    private static int CreateDescriptor(BpfMapOptions options)
    {
        if (options.Inner is null)
        {
            return BpfSyscall.CreateMap(options.ToAttributes());
        }

        using var inner = options.Inner.Borrow();
        return BpfSyscall.CreateMap(options.ToAttributes());
    }

    private static BpfMap Open(int fd, string? name, string? path = null)
    {
        var handle = new FileDescriptor(fd);
        try
        {
            var result = MapSyscall.GetInfo(fd, out var info);
            if (result < 0 || info.Type == 0)
            {
                throw MapErrors.NoMap(path ?? name ?? "a descriptor", -result);
            }

            return new BpfMap(handle, info, name);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}

using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// The owner of local storage as the kernel wants it: a descriptor. Opened here from what people have: a process or thread id, a path; a socket is
/// borrowed.
/// </summary>
internal sealed class StorageOwner : IDisposable
{
    private readonly SafeHandle _handle;
    private readonly bool _borrowed;

    private StorageOwner(SafeHandle handle, bool borrowed = false)
    {
        _handle = handle;
        _borrowed = borrowed;
        if (borrowed)
        {
            var added = false;
            handle.DangerousAddRef(ref added);
        }
    }

    internal int Fd => (int)_handle.DangerousGetHandle();

    public void Dispose()
    {
        if (_borrowed)
        {
            _handle.DangerousRelease();
        }
        else
        {
            _handle.Dispose();
        }
    }

    /// <summary>A process by its pid, or a thread by its tid, of the caller's pid namespace.</summary>
    /// <exception cref="BpfException">There is none (any more).</exception>
    internal static StorageOwner Task(int id) => TryTask(id, out var errno) ?? throw new BpfException(
        "find the task storage of",
        $"process {id}",
        errno,
        errno == Errno.ESRCH ? "there is no such process or thread" : null,
        errno == Errno.EINVAL ? "it is a thread of a process, which takes Linux 6.9: ask for the process" : null);

    /// <summary>The same, or null with the errno.</summary>
    internal static StorageOwner? TryTask(int id, out int errno)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(id);
        var fd = Libc.PidfdOpen(id, Libc.PidfdThread);
        errno = fd < 0 ? Errno.Last : 0;
        if (fd < 0 && errno == Errno.EINVAL)
        {
            // Before 6.9 there is no descriptor of a thread; that of a process means its first thread.
            fd = Libc.PidfdOpen(id, 0);
            errno = fd < 0 ? Errno.Last : 0;
        }

        return fd < 0 ? null : new StorageOwner(new FileDescriptor(fd));
    }

    /// <summary>A cgroup by its folder, an inode by a path to it.</summary>
    internal static StorageOwner Path(BpfMap map, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var fd = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (fd < 0)
        {
            var errno = Errno.Last;
            throw new BpfException($"find the {map.Traits.Noun} of", path, errno);
        }

        return new StorageOwner(new FileDescriptor(fd));
    }

    /// <summary>A socket, or any descriptor of the owner.</summary>
    internal static StorageOwner Handle(SafeHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return new StorageOwner(handle, borrowed: true);
    }

    /// <summary>The owner that a caller named: an int for a task, text for a path, a handle for a socket.</summary>
    internal static StorageOwner Of(BpfMap map, object owner) => (map.Type, owner) switch
    {
        (BpfMapType.TaskStorage, int id) => Task(id),
        (BpfMapType.TaskStorage, uint id) => Task(checked((int)id)),
        (BpfMapType.TaskStorage, System.Diagnostics.Process process) => Task(process.Id),
        (BpfMapType.CgroupLocalStorage or BpfMapType.InodeStorage, string path) => Path(map, path),
        (BpfMapType.SkStorage, System.Net.Sockets.Socket socket) => Handle(socket.SafeHandle),
        (_, SafeHandle handle) => Handle(handle),
        _ => throw new ArgumentException($"{map.Subject} is {map.Traits.Noun}: its key is {Wanted(map.Type)}, not a {owner.GetType().Name}", nameof(owner)),
    };

    private static string Wanted(BpfMapType type) => type switch
    {
        BpfMapType.TaskStorage => "a process or thread id",
        BpfMapType.CgroupLocalStorage => "the path of a cgroup's folder",
        BpfMapType.InodeStorage => "the path of a file",
        _ => "a socket",
    };
}

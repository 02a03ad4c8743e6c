using System.Diagnostics;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>An open /proc/PID/maps: its text, and the PROCMAP_QUERY ioctl on it.</summary>
internal sealed unsafe class ProcMapsFile : IDisposable
{
    private readonly FileDescriptor _fd;
    private readonly int _pid;
    private long _kernelTicks;

    private ProcMapsFile(int pid, FileDescriptor fd)
    {
        _pid = pid;
        _fd = fd;
    }

    /// <summary>Time spent in system calls so far.</summary>
    internal TimeSpan KernelTime => Stopwatch.GetElapsedTime(0, _kernelTicks);

    /// <summary>System calls so far.</summary>
    internal int Calls { get; private set; }

    /// <exception cref="BpfException">There is no such process, or the caller may not read it.</exception>
    internal static ProcMapsFile Open(int pid, string folder)
    {
        var fd = Libc.open(folder + "/maps", Libc.O_RDONLY | Libc.O_CLOEXEC);
        return fd >= 0 ? new ProcMapsFile(pid, new FileDescriptor(fd)) : throw ProcessFacts.Gone(pid, Errno.Last);
    }

    /// <summary>Reads on; 0 at the end.</summary>
    internal int Read(Span<byte> buffer)
    {
        // SAFETY: the buffer is pinned for the call and its length is said.
        fixed (byte* pointer = buffer)
        {
            var began = Stopwatch.GetTimestamp();
            var length = Libc.read(_fd.Value, pointer, (nuint)buffer.Length);
            var errno = length < 0 ? Errno.Last : 0;
            _kernelTicks += Stopwatch.GetTimestamp() - began;
            Calls++;

            // The file was opened, so the caller may read it: an error now means that the process has ended meanwhile.
            return errno == 0 || errno == Errno.ESRCH ? (int)Math.Max(length, 0) : throw ProcessFacts.Gone(_pid, errno);
        }
    }

    /// <summary>Asks for one VMA. Gives 0 or the positive errno: ENOENT at the end, ENOTTY where the kernel has no such ioctl.</summary>
    internal int Query(ref ProcmapQuery query, ReadOnlySpan<byte> name, ReadOnlySpan<byte> buildId)
    {
        // SAFETY: both buffers are pinned for the call, and the query says how long they are.
        fixed (byte* namePointer = name, buildIdPointer = buildId)
        fixed (ProcmapQuery* pointer = &query)
        {
            query.Size = (ulong)sizeof(ProcmapQuery);
            query.Name = (ulong)namePointer;
            query.NameSize = (uint)name.Length;
            query.BuildId = (ulong)buildIdPointer;
            query.BuildIdSize = (uint)buildId.Length;
            var began = Stopwatch.GetTimestamp();
            var errno = Libc.ioctl(_fd.Value, ProcmapQuery.Request, pointer) < 0 ? Errno.Last : 0;
            _kernelTicks += Stopwatch.GetTimestamp() - began;
            Calls++;
            return errno;
        }
    }

    public void Dispose() => _fd.Dispose();
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>A kernel iterator over one task or process (or, with 0, all), read to its end.</summary>
internal sealed unsafe class TaskIterator : IDisposable
{
    private readonly FileDescriptor _link;
    private readonly FileDescriptor _file;
    private long _kernelTicks;

    private TaskIterator(FileDescriptor link, FileDescriptor file)
    {
        _link = link;
        _file = file;
    }

    internal TimeSpan KernelTime => Stopwatch.GetElapsedTime(0, _kernelTicks);

    internal int Calls { get; private set; }

    /// <summary>Starts reading a process, by its pid in the caller's pid namespace; 0 for all.</summary>
    /// <remarks>Kernels before 6.1 do not take the pid and go through all tasks; the programs pick.</remarks>
    internal static TaskIterator OfProcess(BpfProgram program, int pid) => Open(program, new LinkInfo { Pid = (uint)pid });

    /// <summary>Starts reading a thread.</summary>
    internal static TaskIterator OfThread(BpfProgram program, int tid) => Open(program, new LinkInfo { Tid = (uint)tid });

    /// <summary>Reads on; 0 at the end.</summary>
    internal int Read(Span<byte> buffer)
    {
        // SAFETY: the buffer is pinned for the call and its length is said.
        fixed (byte* pointer = buffer)
        {
            var began = Stopwatch.GetTimestamp();
            var length = Libc.read(_file.Value, pointer, (nuint)buffer.Length);
            var errno = length < 0 ? Errno.Last : 0;
            _kernelTicks += Stopwatch.GetTimestamp() - began;
            Calls++;
            Errno.ThrowIfNegative(-errno, "read", "a task iterator");
            return (int)length;
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _link.Dispose();
    }

    private static TaskIterator Open(BpfProgram program, LinkInfo info)
    {
        using var lease = program.Borrow();
        var attributes = new LinkCreateAttributes
        {
            ProgramFd = (uint)program.Fd,
            AttachType = (uint)BpfAttachType.TraceIter,

            // SAFETY: info is a copy on this frame's stack and outlives the call.
            IteratorInfo = (ulong)&info,
            IteratorInfoSize = (uint)sizeof(LinkInfo),
        };
        var link = BpfSyscall.CreateLink(attributes);
        Errno.ThrowIfNegative(link, "make an iterator of", $"program '{program.Name}'");
        var owner = new FileDescriptor(link);
        var file = BpfSyscall.CreateIterator(link);
        if (file < 0)
        {
            owner.Dispose();
            Errno.ThrowIfNegative(file, "open an iterator of", $"program '{program.Name}'");
        }

        return new TaskIterator(owner, new FileDescriptor(file));
    }

    /// <summary>union bpf_iter_link_info, its task member (since Linux 6.1).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LinkInfo
    {
        internal uint Tid;
        internal uint Pid;
        internal uint PidFd;
        internal uint Padding;
    }
}

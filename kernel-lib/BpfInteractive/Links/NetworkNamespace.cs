using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// The network namespace of the thread that attached something by netlink. A thread may live in another namespace than its process, and a
/// detachment runs on a thread of its own.
/// </summary>
internal sealed class NetworkNamespace : IDisposable
{
    private const string OfThread = "/proc/thread-self/ns/net";
    private const int CLONE_NEWNET = 0x40000000;

    private readonly FileDescriptor _descriptor;

    private NetworkNamespace(string name, FileDescriptor descriptor)
    {
        Name = name;
        _descriptor = descriptor;
    }

    /// <summary>"net:[4026531840]".</summary>
    internal string Name { get; }

    internal static NetworkNamespace Current()
    {
        var fd = Libc.open(OfThread, Libc.O_RDONLY | Libc.O_CLOEXEC);
        return new(NameOfThread(), new FileDescriptor(Errno.ThrowIfNegative(fd < 0 ? -Errno.Last : fd, "open", OfThread)));
    }

    public void Dispose() => _descriptor.Dispose();

    /// <summary>Does something in this namespace: here, or on a thread that enters it (which takes CAP_SYS_ADMIN) and ends.</summary>
    internal void Run(Action work)
    {
        if (NameOfThread() == Name)
        {
            work();
            return;
        }

        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Errno.ThrowIfMinusOne(Libc.setns(_descriptor.Value, CLONE_NEWNET), "enter", $"network namespace {Name}");
                work();
            }
#pragma warning disable CA1031 // Carried over to the caller's thread.
            catch (Exception error)
#pragma warning restore CA1031
            {
                failure = error;
            }
        })
        { IsBackground = true, Name = "bpfi network namespace" };
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    private static string NameOfThread() => new FileInfo(OfThread).LinkTarget ?? "";
}

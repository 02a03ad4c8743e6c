using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// While one lives, the kernel counts runs and run time of every BPF program (BPF_ENABLE_STATS, Linux 5.8; CAP_SYS_ADMIN). It costs each
/// run some 20 ns. Read them by <see cref="BpfProgram.ReadInfo"/>.
/// </summary>
public sealed class BpfStatistics : IDisposable
{
    private readonly FileDescriptor _descriptor;

    private BpfStatistics(FileDescriptor descriptor) => _descriptor = descriptor;

    /// <summary>Switches counting on until the result is disposed; several may be on at once.</summary>
    /// <returns>Dispose it to stop counting.</returns>
    /// <exception cref="BpfException">This process may not (CAP_SYS_ADMIN).</exception>
    public static BpfStatistics Enable()
    {
        var fd = BpfSyscall.EnableStats();
        return fd >= 0
            ? new BpfStatistics(new FileDescriptor(fd))
            : throw new BpfException(
                "count", "runs of BPF programs", -fd, null, -fd == Errno.EPERM ? "it needs CAP_SYS_ADMIN, or sysctl kernel.bpf_stats_enabled=1 set by root" : null);
    }

    /// <summary>Stops counting, unless another handle or the sysctl keeps it on.</summary>
    public void Dispose() => _descriptor.Dispose();
}

namespace BpfInteractive;

/// <summary>
/// What a BPF program takes a process for. Programs see the numbers of the first pid namespace; a user gives those of his own.
/// </summary>
internal static class KernelPid
{
    // PROC_PID_INIT_INO, include/linux/proc_ns.h
    private const string FirstNamespace = "pid:[4026531836]";

    /// <summary>The number that bpf_get_current_pid_tgid() gives for a process; null where it cannot be found out.</summary>
    /// <param name="pid">The process in this process's pid namespace.</param>
    internal static int? Of(int pid) =>
        new FileInfo("/proc/self/ns/pid").LinkTarget == FirstNamespace ? pid : ByWalk(pid);

    private static int? ByWalk(int pid)
    {
        try
        {
            return Vmas.Of(pid).Process.HostPid;
        }
        catch (BpfException)
        {
            return null;
        }
    }
}

namespace BpfInteractive;

/// <summary>In which state a process was found.</summary>
public enum VmaTargetState
{
    /// <summary>It has an address space.</summary>
    Alive,

    /// <summary>A kernel thread: it never has one.</summary>
    KernelThread,

    /// <summary>It has exited and nobody has waited for it yet (a zombie): its address space is gone.</summary>
    Exited,

    /// <summary>Its first thread has left while others live on; the address space was read through one of those.</summary>
    LeaderExited,
}

/// <summary>Whose address space a snapshot shows.</summary>
/// <param name="Pid">The pid as the caller gave it: the kernel's tgid, in the caller's pid namespace.</param>
/// <param name="Name">The process's name (comm), at most 15 bytes.</param>
/// <param name="State">In which state it was found.</param>
/// <param name="StartTimeNs">
/// When it started, in nanoseconds since boot: with the pid it tells a process from a later one with the same pid. Engines that ask /proc know
/// it to 10 ms.
/// </param>
/// <param name="HostPid">Its pid in the first pid namespace; null where the engine cannot know it.</param>
/// <param name="NamespacePid">Its pid in its own pid namespace; null where the engine cannot know it.</param>
public sealed record VmaTarget(int Pid, string Name, VmaTargetState State, ulong StartTimeNs, int? HostPid = null, int? NamespacePid = null)
{
    /// <summary>"bash (1234)".</summary>
    public override string ToString() => State switch
    {
        VmaTargetState.KernelThread => $"{Name} ({Pid}, a kernel thread)",
        VmaTargetState.Exited => $"{Name} ({Pid}, exited)",
        VmaTargetState.LeaderExited => $"{Name} ({Pid}, its first thread has exited)",
        _ => $"{Name} ({Pid})",
    };

    /// <summary>Whether both are the same process: the same pid and, to the clock tick of /proc, the same start.</summary>
    public bool IsSameProcessAs(VmaTarget other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var apart = StartTimeNs > other.StartTimeNs ? StartTimeNs - other.StartTimeNs : other.StartTimeNs - StartTimeNs;
        return Pid == other.Pid && apart <= 10_000_000;
    }
}

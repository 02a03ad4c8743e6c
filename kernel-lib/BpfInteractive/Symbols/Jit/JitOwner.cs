namespace BpfInteractive;

/// <summary>
/// Whose map of run-time code is meant: a program in one address space. A pid alone will not do, for it is used again, and exec puts another program under it.
/// </summary>
/// <param name="Pid">The process, in the caller's pid namespace.</param>
/// <param name="NamespacePid">Its pid in its own namespace, after which the map is named.</param>
/// <param name="UserId">Its user.</param>
/// <param name="StartNs">When the process started, on CLOCK_MONOTONIC.</param>
/// <param name="StartStack">Where the first stack of its address space begins, which is elsewhere after each exec.</param>
/// <param name="IsInOurRoot">Whether its root and its mount namespace are the caller's, so that what it leaves behind lies where the caller looks.</param>
internal sealed record JitOwner(int Pid, int NamespacePid, uint UserId, long StartNs, ulong StartStack, bool IsInOurRoot)
{
    /// <summary>When its address space was gone, on CLOCK_MONOTONIC; null while that is not known.</summary>
    internal long? EndNs { get; init; }

    /// <summary>The map's path in the process's own root.</summary>
    internal string MapPath => FormattableString.Invariant($"/tmp/perf-{NamespacePid}.map");

    /// <summary>A living process; null when it is gone.</summary>
    internal static JitOwner? OfLiving(int pid) =>
        ProcFolder.TryOf(pid) is { } folder && ProcessIdentity.Read(folder) is { } identity
            ? new JitOwner(pid, identity.NamespacePid, identity.UserId, identity.StartedNs, identity.StartStack, IsInOurRoot: false)
            : null;

    /// <summary>The process's folder in /proc, while it is this program that runs there.</summary>
    internal string? LivingFolder() =>
        ProcFolder.TryOf(Pid) is { } folder && ProcessIdentity.Read(folder) is { } identity && identity.StartStack == StartStack ? folder : null;
}

using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>What the programs that this process starts inherit.</summary>
internal static class ChildRights
{
    /// <summary>
    /// Keeps the capabilities for this process: those that it was given as ambient ones would otherwise go to each program that it, or a user's code in it, starts. Ambient sets belong
    /// to threads, and a thread has that of the one that made it: so this is called before others are made.
    /// </summary>
    internal static void Withhold() => _ = Libc.prctl(Libc.PR_CAP_AMBIENT, Libc.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); // EINVAL before Linux 4.3, which has no such set
}

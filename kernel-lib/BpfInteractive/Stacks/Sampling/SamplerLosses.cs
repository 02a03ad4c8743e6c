namespace BpfInteractive;

/// <summary>From the sampler's counters to what a profile says is missing.</summary>
internal static class SamplerLosses
{
    /// <param name="counted">What all CPUs have counted.</param>
    /// <param name="refusals">Look-ups that were refused, by <see cref="StackRefusalReason"/>.</param>
    /// <param name="strangers">Samples whose thread's facts did not come.</param>
    /// <param name="expected">The samples that the events' counts stand for; null where they cannot be told.</param>
    internal static Losses Of(in StackCounters counted, ReadOnlySpan<long> refusals, long strangers, long? expected) => Losses.Of(
        new Loss("samples-dropped", "samples dropped because the ring of samples was full", counted.SamplesDropped),
        new Loss("facts-dropped", "mappings and process facts dropped because the ring of facts was full", counted.FactsDropped),
        new Loss("not-delivered", "samples that were due and did not come: the timer was late, another BPF program ran, or a thread of the target ran for less than a period", NotDelivered(counted, expected)),
        new Loss("lookups-busy", "frames not looked up because the address space was being changed", refusals[(int)StackRefusalReason.Busy]),
        new Loss("lookups-not-scheduled", "samples not looked up because the kernel would not put it off", refusals[(int)StackRefusalReason.Schedule]),
        new Loss("lookups-cancelled", "samples not looked up because the address space was gone", refusals[(int)StackRefusalReason.Gone]),
        new Loss("lookups-overtaken", "samples whose look-up came too late: the task had gone on", refusals[(int)StackRefusalReason.Overtaken]),
        new Loss("tasks-full", "samples not looked up because more tasks ran than there was room for", refusals[(int)StackRefusalReason.Full]),
        new Loss("processes-full", "processes told of again and again because more ran than there was room for", counted.ProcessesFull),
        new Loss("user-truncated", "user stacks deeper than is kept: their root side is missing", counted.UserTruncated),
        new Loss("kernel-truncated", "kernel stacks deeper than is kept: their root side is missing", counted.KernelTruncated),
        new Loss("user-stacks-failed", "user stacks that could not be read", counted.UserFailed),
        new Loss("in-exec", "user stacks left out between two programs of a process", counted.InExec),
        new Loss("unknown-threads", "samples whose thread and process are known by number only", strangers));

    // A timer's phase at start and end makes a sample more or less on each CPU.
    private static long NotDelivered(in StackCounters counted, long? expected) => expected is { } due && due > counted.Runs ? due - counted.Runs : 0;
}

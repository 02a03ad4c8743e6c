using BpfInteractive.Interop;

namespace BpfInteractive;

public sealed unsafe partial class BpfProgram
{
    private const int DefaultFrequency = 99;

    /// <summary>
    /// Attaches a SEC("perf_event") program: it runs for each sample. One event for each CPU, or for each thread of a process; together one
    /// link.
    /// </summary>
    /// <param name="options">What is sampled, where and how often; the CPU clock of every CPU, 99 times a second, unless told.</param>
    /// <exception cref="UnsupportedFeatureException">This machine offers no hardware counters, or the caller may not sample.</exception>
    /// <exception cref="BpfException">The process is gone, or the kernel refuses.</exception>
    public BpfLink AttachPerfEvent(PerfEventOptions? options = null)
    {
        options ??= new() { Frequency = DefaultFrequency };
        options.Validate();
        return new(this, LinkKind.PerfEvent, options.Target, program =>
        {
            var failure = new AttachFailure(program, $"perf event {options.Target}", options.IsHardware ? "perf_event/hardware" : "perf_event")
            {
                Explain = errno => ExplainPerfEvent(options, errno),
            };
            ProcessId.ThrowIfDead(options.Pid, failure);
            return options switch
            {
                { Pid: { } pid } => AttachThreads(program, options, pid, failure),
                { Tid: { } tid } => AttachEvent(program, options, tid, cpu: -1, failure),
                _ => AttachmentGroup.Create(options.Cpus ?? CpuList.Online, cpu => AttachEvent(program, options, pid: -1, cpu, failure)),
            };
        });
    }

    /// <summary>Threads that start while this goes on are inherited from those already sampled, or found by looking again.</summary>
    private static AttachmentGroup AttachThreads(BpfProgram program, PerfEventOptions options, int pid, AttachFailure failure)
    {
        var members = new List<Attachment>();
        var seen = new HashSet<int>();
        try
        {
            foreach (var tid in ProcessId.Threads(pid))
            {
                seen.Add(tid);
                TryAttachThread(program, options, tid, members, failure);
            }

            return members.Count > 0 ? new(members) : throw failure.Because($"process {pid} is gone", errno: Errno.ESRCH);
        }
        catch
        {
            members.ForEach(member => _ = member.DetachAsync());
            throw;
        }
    }

    private static void TryAttachThread(BpfProgram program, PerfEventOptions options, int tid, List<Attachment> members, AttachFailure failure)
    {
        try
        {
            members.Add(AttachEvent(program, options, tid, cpu: -1, failure));
        }
        catch (BpfException ended) when (ended.Errno == Errno.ESRCH)
        {
            // The thread ended meanwhile; its process may live on.
        }
    }

    private static PerfEventAttachment AttachEvent(BpfProgram program, PerfEventOptions options, int pid, int cpu, AttachFailure failure)
    {
        var attributes = PerfAttributes(options);
        var fd = Libc.perf_event_open(ref attributes, pid, cpu);
        if (fd == -Errno.EINVAL && (attributes.Flags & PerfEventAttributes.FlagInheritThread) != 0)
        {
            // inherit_thread came with Linux 5.13 (commit 2b26f0aa0045); before, forked processes are sampled too.
            attributes.Flags &= ~PerfEventAttributes.FlagInheritThread;
            fd = Libc.perf_event_open(ref attributes, pid, cpu);
        }

        return PerfEventAttachment.Create(fd, program, options.Cookie, failure);
    }

    private static PerfEventAttributes PerfAttributes(PerfEventOptions options)
    {
        var (type, config) = PerfEventNumber(options.Event);
        var attributes = new PerfEventAttributes
        {
            Type = type,
            Config = config,
            PeriodOrFrequency = options.Period ?? (ulong)(options.Frequency ?? DefaultFrequency),
            Flags = PerfEventAttributes.FlagDisabled | (options.Period is null ? PerfEventAttributes.FlagFrequency : 0),
        };
        if (options.Pid is not null)
        {
            attributes.Flags |= PerfEventAttributes.FlagInherit | (options.IncludeChildren ? 0 : PerfEventAttributes.FlagInheritThread);
        }

        return attributes;
    }

    /// <summary>Type and config of enum perf_sw_ids and enum perf_hw_id (linux/perf_event.h).</summary>
    internal static (uint Type, ulong Config) PerfEventNumber(PerfEventKind kind) => kind switch
    {
        PerfEventKind.CpuClock => (Libc.PERF_TYPE_SOFTWARE, 0),
        PerfEventKind.TaskClock => (Libc.PERF_TYPE_SOFTWARE, 1),
        PerfEventKind.PageFaults => (Libc.PERF_TYPE_SOFTWARE, 2),
        PerfEventKind.ContextSwitches => (Libc.PERF_TYPE_SOFTWARE, 3),
        PerfEventKind.CpuMigrations => (Libc.PERF_TYPE_SOFTWARE, 4),
        PerfEventKind.MinorFaults => (Libc.PERF_TYPE_SOFTWARE, 5),
        PerfEventKind.MajorFaults => (Libc.PERF_TYPE_SOFTWARE, 6),
        PerfEventKind.CpuCycles => (Libc.PERF_TYPE_HARDWARE, 0),
        PerfEventKind.Instructions => (Libc.PERF_TYPE_HARDWARE, 1),
        PerfEventKind.CacheReferences => (Libc.PERF_TYPE_HARDWARE, 2),
        PerfEventKind.CacheMisses => (Libc.PERF_TYPE_HARDWARE, 3),
        PerfEventKind.Branches => (Libc.PERF_TYPE_HARDWARE, 4),
        PerfEventKind.BranchMisses => (Libc.PERF_TYPE_HARDWARE, 5),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such perf event"),
    };

    private static (string Detail, string? Hint)? ExplainPerfEvent(PerfEventOptions options, int errno) => errno switch
    {
        Errno.ESRCH => ($"{(options.Pid is null ? $"thread {options.Tid}" : $"process {options.Pid}")} is gone", null),
        Errno.EINVAL when options.Frequency is { } frequency && CpuList.MostFrequent is { } most && frequency > most =>
            ($"{frequency} samples a second are more than kernel.perf_event_max_sample_rate allows ({most})", $"sysctl kernel.perf_event_max_sample_rate={frequency}"),
        19 /* ENODEV */ or Errno.EINVAL when options.Cpus is { } cpus && cpus.Except(CpuList.Online).ToArray() is { Length: > 0 } offline =>
            ($"CPU {string.Join(", ", offline)} is not online", null),
        _ => null,
    };
}

using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// The perf events that run the sampler's program: one for each CPU, or for each thread of a process, inherited by those it starts. Owner of their descriptors.
/// </summary>
internal sealed unsafe class SamplerEvents : IDisposable
{
    private const ulong InheritedByThreadsAlone = PerfEventAttributes.FlagInherit | PerfEventAttributes.FlagInheritThread;
    private const string Feature = "perf_event";

    private readonly List<FileDescriptor> _events = [];
    private readonly ProfilerOptions _options;
    private readonly BpfProgram _program;

    private SamplerEvents(ProfilerOptions options, BpfProgram program)
    {
        _options = options;
        _program = program;
    }

    /// <summary>What all events have counted: nanoseconds for the clocks. The counts of inherited events are in it.</summary>
    internal long Counted
    {
        get
        {
            long sum = 0;
            foreach (var perfEvent in _events)
            {
                long count;

                // SAFETY: eight bytes of this frame, which is what a read of an event without a read format gives.
                sum += Libc.read(perfEvent.Value, (byte*)&count, sizeof(long)) == sizeof(long) ? count : 0;
            }

            return sum;
        }
    }

    /// <summary>Opens the events, disabled.</summary>
    /// <param name="options">Whom and how often.</param>
    /// <param name="program">What each runs.</param>
    /// <param name="command">The process that waits to exec the command; null without one. Its event starts by itself at the exec.</param>
    /// <exception cref="BpfException">The process is gone, or the kernel refuses.</exception>
    internal static SamplerEvents Open(ProfilerOptions options, BpfProgram program, int? command = null)
    {
        var events = new SamplerEvents(options, program);
        try
        {
            events.OpenAll(command);
            return events;
        }
        catch
        {
            events.Dispose();
            throw;
        }
    }

    internal void Enable() => Tell(Libc.PERF_EVENT_IOC_ENABLE, "start");

    internal void Disable() => Tell(Libc.PERF_EVENT_IOC_DISABLE, "stop");

    public void Dispose()
    {
        _events.ForEach(perfEvent => perfEvent.Dispose());
        _events.Clear();
    }

    private void OpenAll(int? command)
    {
        if (command is { } waiting)
        {
            Open(waiting, cpu: -1, Inherited(_options.IncludeChildren) | PerfEventAttributes.FlagEnableOnExec);
        }
        else if (_options.Tid is { } tid)
        {
            Open(tid, cpu: -1, 0);
        }
        else if (_options.Pid is { } pid)
        {
            OpenThreads(pid);
        }
        else if (_options.Cgroup is { } cgroup)
        {
            OpenCgroup(cgroup);
        }
        else
        {
            foreach (var cpu in CpuList.Online)
            {
                Open(-1, cpu, 0);
            }
        }
    }

    private static ulong Inherited(bool byChildren) => byChildren ? PerfEventAttributes.FlagInherit : InheritedByThreadsAlone;

    // Threads that start while this goes on are inherited from those that have an event, or found by looking again.
    private void OpenThreads(int pid)
    {
        var seen = new HashSet<int>();
        for (var isNew = true; isNew;)
        {
            isNew = false;
            foreach (var tid in ProcessId.Threads(pid).Where(seen.Add))
            {
                isNew = true;
                try
                {
                    Open(tid, cpu: -1, Inherited(_options.IncludeChildren));
                }
                catch (BpfException ended) when (ended.Errno == Errno.ESRCH)
                {
                    // The thread ended meanwhile; its process may live on.
                }
            }
        }

        if (_events.Count == 0)
        {
            throw new BpfException("sample", _options.Target, Errno.ESRCH, FormattableString.Invariant($"there is no process {pid} in this pid namespace"));
        }
    }

    private void OpenCgroup(string path)
    {
        var folder = Libc.open(path, Libc.O_DIRECTORY | Libc.O_CLOEXEC);
        using var owner = new FileDescriptor((int)Errno.ThrowIfMinusOne(folder, "open", $"cgroup {path}"));
        foreach (var cpu in CpuList.Online)
        {
            Open(owner.Value, cpu, 0, Libc.PERF_FLAG_PID_CGROUP);
        }
    }

    private void Open(int pid, int cpu, ulong flags, ulong openFlags = 0)
    {
        var attributes = Attributes(flags);
        var fd = Libc.perf_event_open(ref attributes, pid, cpu, openFlags);
        if (fd == -Errno.EINVAL && (flags & PerfEventAttributes.FlagInheritThread) != 0)
        {
            throw new UnsupportedFeatureException("perf_event inherit_thread", "this kernel samples the processes that a process starts too", "leave IncludeChildren", "Linux 5.13");
        }

        if (fd < 0)
        {
            throw Refused(-fd);
        }

        var owned = new FileDescriptor(fd);
        _events.Add(owned);
        Errno.ThrowIfMinusOne(Libc.ioctl(fd, Libc.PERF_EVENT_IOC_SET_BPF, _program.Fd), "attach", $"program '{_program.Name}' to {_options.Target}");
    }

    private PerfEventAttributes Attributes(ulong flags)
    {
        var (type, config) = BpfProgram.PerfEventNumber(_options.Event);
        return new PerfEventAttributes
        {
            Type = type,
            Config = config,
            PeriodOrFrequency = _options.PeriodOrNull ?? (ulong)(_options.Frequency ?? ProfilerOptions.DefaultFrequency),
            SampleType = PerfEventAttributes.SampleCallChain,
            Flags = flags | PerfEventAttributes.FlagDisabled | (_options.PeriodOrNull is null ? PerfEventAttributes.FlagFrequency : 0)
                | (_options.Kernel ? 0 : PerfEventAttributes.FlagExcludeKernel | PerfEventAttributes.FlagExcludeKernelChain)
                | (_options.User ? 0 : PerfEventAttributes.FlagExcludeUserChain),
        };
    }

    private BpfException Refused(int errno)
    {
        var most = CpuList.MostFrequent;
        if (errno == Errno.EINVAL && _options.Frequency > most)
        {
            return new("sample", _options.Target, errno, FormattableString.Invariant($"{_options.Frequency} samples a second are more than kernel.perf_event_max_sample_rate allows ({most})"), $"sysctl kernel.perf_event_max_sample_rate={_options.Frequency}");
        }

        if (errno == Errno.EINVAL && _options.Cgroup is not null)
        {
            return new("sample", _options.Target, errno, "this folder is no cgroup that perf knows: it takes one of the unified hierarchy or, in the old one, of the controller perf_event");
        }

        var feature = Features.Probe(_options.IsClock ? Feature : Feature + "/hardware");
        return feature.Available || errno == Errno.ESRCH
            ? new BpfException("sample", _options.Target, errno)
            : new UnsupportedFeatureException("sample", _options.Target, feature);
    }

    private void Tell(uint request, string operation)
    {
        foreach (var perfEvent in _events)
        {
            Errno.ThrowIfMinusOne(Libc.ioctl(perfEvent.Value, request, 0), operation, $"sampling of {_options.Target}");
        }
    }
}

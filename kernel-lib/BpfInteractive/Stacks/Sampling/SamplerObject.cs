namespace BpfInteractive;

/// <summary>The sampler's programs, loaded: bpf/stack_sampler.bpf.c with the options set and what this kernel lacks left out.</summary>
internal sealed class SamplerObject : IAsyncDisposable
{
    private const string Name = "stack_sampler";

    /// <summary>How much larger the ring of samples is when stacks go with them: they are drained ten times a second.</summary>
    private const int CopyingFactor = 4;

    private readonly List<BpfLink> _links = [];

    private SamplerObject(BpfObject loaded, SamplerMode mode, string whyNotDeferred)
    {
        Loaded = loaded;
        Mode = mode;
        WhyNotDeferred = whyNotDeferred;
        Counters = new MappedTable<StackCounters>(loaded.Maps["stack_counts"]);
    }

    internal BpfObject Loaded { get; }

    internal SamplerMode Mode { get; }

    /// <summary>What this kernel lacks for <see cref="SamplerMode.Deferred"/>; empty when nothing.</summary>
    internal string WhyNotDeferred { get; }

    internal BpfProgram OnEvent => Loaded.Programs["stack_on_event"];

    internal MappedTable<StackCounters> Counters { get; }

    /// <summary>What all CPUs have counted so far.</summary>
    internal StackCounters Counted => StackCounters.SumOf(Counters.Take((uint)Loaded.Maps["stack_counts"].MaxEntries));

    /// <summary>Loads the programs and attaches those that see processes exec and exit. Nothing is sampled yet.</summary>
    /// <param name="options">What is sampled.</param>
    /// <param name="command">The process of the command, when there is one.</param>
    /// <param name="forced">The mode; null for the best that this kernel has.</param>
    /// <exception cref="BpfException">The kernel refuses.</exception>
    internal static SamplerObject Load(ProfilerOptions options, int? command = null, SamplerMode? forced = null)
    {
        var why = forced == SamplerMode.OnRequest ? "asked for" : WhyNotDeferrable();
        var mode = why.Length == 0 ? SamplerMode.Deferred : SamplerMode.OnRequest;
        var open = OpenBpfObject.Open(EmbeddedPrograms.Open(Name), Name);
        Configure(open, options, mode);
        if (options.Trigger is { } trigger)
        {
            Configure(open, trigger, options, command);
        }

        ChoosePrograms(open, options.Trigger);
        var sampler = new SamplerObject(open.Load().Keep(), mode, why);
        try
        {
            sampler.AttachTracepoints();
            return sampler;
        }
        catch
        {
            sampler.Close();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Together: each waits for the kernel to leave its program, which takes a tenth of a second.
        await Task.WhenAll(_links.Select(link => link.DisposeAsync().AsTask())).ConfigureAwait(false);
        Counters.Dispose();
        await Loaded.DisposeAsync().ConfigureAwait(false);
    }

    private void Close()
    {
        _links.ForEach(link => link.Dispose());
        Counters.Dispose();
        Loaded.Dispose();
    }

    private static void Configure(OpenBpfObject open, ProfilerOptions options, SamplerMode mode)
    {
        var cpus = PossibleCpus.Count;
        var ring = options.RingSizeBytes ?? RingSize(cpus);
        var samples = options.CopiesStacks ? options.RingSizeBytes ?? Math.Min(CopyingFactor * ring, 256 << 20) : ring;
        open.Maps["stack_samples"].MaxEntries = (uint)samples;
        open.Maps["stack_facts"].MaxEntries = (uint)ring;
        open.Maps["stack_copy_drafts"].MaxEntries = options.CopiesStacks ? (uint)cpus : 1;
        open.Globals["copy_bytes"].Set(options.CopiesStacks ? (uint)options.StackCopyBytes : 0);
        open.Maps["stack_counts"].MaxEntries = (uint)cpus;
        open.Globals["samples_size"].Set((ulong)samples);
        open.Globals["facts_size"].Set((ulong)ring);
        open.Globals["take_user"].Value = options.User;
        open.Globals["take_kernel"].Value = options.Kernel;
        open.Globals["max_frames"].Set((uint)options.MaxFrames);
        open.Globals["chain_marks"].Set(options.Trigger is null ? 1u : 0);
        open.Globals["chain_frames"].Set((uint)(CpuList.DeepestStack ?? ProfilerOptions.MostFrames));
        open.Globals["take_build_ids"].Value = options.User && (options.BuildIds ?? (mode == SamplerMode.OnRequest && !options.CopiesStacks && options.Trigger is null));
        open.Globals["ask_at_exec"].Value = mode == SamplerMode.OnRequest && options is { Pid: null, Tid: null, Cgroup: null, Command: null };
        open.Globals["can_defer"].Value = mode == SamplerMode.Deferred;
    }

    // The program of a trigger runs for every task: it asks itself whom it is about. It sees the numbers of the first pid namespace.
    private static void Configure(OpenBpfObject open, SampleTrigger trigger, ProfilerOptions options, int? command)
    {
        open.Maps["stack_own_drafts"].MaxEntries = open.Maps["stack_tasks"].MaxEntries;
        open.Globals["target_pid"].Set(KernelPidOf(command ?? options.Pid));
        open.Globals["target_tid"].Set(KernelPidOf(options.Tid));
        open.Globals["target_children"].Value = options.IncludeChildren;
        open.Globals["target_cgroup"].Set(options.Cgroup is { } folder ? CgroupFolder.NumberOf(folder) : 0);
        open.Globals["shortest_block"].Set((ulong)(trigger.Minimum.Ticks * 100));
    }

    private static uint KernelPidOf(int? pid) => pid is not { } number ? 0
        : ProcessId.Exists(number) && KernelPid.Of(number) is { } known ? (uint)known
        : throw new BpfException("sample", $"process {number}", Interop.Errno.ESRCH, $"there is no process {number} in this pid namespace");

    private static int RingSize(int cpus) => (int)Math.Clamp(System.Numerics.BitOperations.RoundUpToPowerOf2((uint)cpus) * (512u << 10), 2u << 20, 64u << 20);

    // Which tracepoints there are, and with which arguments, is in the kernel's BTF.
    private static void ChoosePrograms(OpenBpfObject open, SampleTrigger? trigger)
    {
        foreach (var name in (string[])["stack_on_event", "stack_on_switch", "stack_on_tracepoint", "stack_on_uprobe"])
        {
            open.Programs[name].Autoload = name == TriggerLink.ProgramOf(trigger);
        }

        var exit = KernelTracepoint.ArgumentsOf("sched_process_exit");
        open.Programs["stack_on_exit"].Autoload = exit >= 2;
        open.Programs["stack_on_late_exit"].Autoload = exit == 1;
        open.Programs["stack_on_prepare_exec"].Autoload = KernelTracepoint.ArgumentsOf("sched_prepare_exec") > 0;
        open.Programs["stack_on_exec"].Autoload = KernelTracepoint.ArgumentsOf("sched_process_exec") > 0;
        open.Programs["stack_finish_pending"].Autoload = HasFunction("bpf_task_from_pid") && HasFunction("bpf_iter_num_new");
    }

    private static string WhyNotDeferrable()
    {
        if (!HasFunction("bpf_iter_task_vma_new"))
        {
            return "this kernel has no bpf_iter_task_vma_new (since Linux 6.7)";
        }

        return HasFunction("bpf_task_work_schedule_resume") || HasFunction("bpf_task_work_schedule_resume_impl")
            ? ""
            : "this kernel has no bpf_task_work_schedule_resume (since Linux 6.18)";
    }

    private static bool HasFunction(string name) => BtfData.Kernel.TryFind(name, BtfKind.Function, out _);

    private void AttachTracepoints()
    {
        foreach (var program in Loaded.Programs.Where(program => program.IsLoaded && program.Section.StartsWith("tp_btf/sched_p", StringComparison.Ordinal)))
        {
            _links.Add(program.Attach());
        }
    }
}

/// <summary>What the kernel's BTF says of a tracepoint.</summary>
internal static class KernelTracepoint
{
    /// <summary>The number of its arguments, or 0 when there is no such tracepoint.</summary>
    internal static int ArgumentsOf(string name) =>
        BtfData.Kernel.TryFind("btf_trace_" + name, BtfKind.Typedef, out var typedef) ? typedef.Target.Target.Parameters.Count - 1 : 0;
}

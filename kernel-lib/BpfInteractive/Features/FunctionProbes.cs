using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Helpers, kfuncs and system calls that the built-in programs use. A helper or kfunc is called by a program of two instructions: the
/// verifier either does not know it, or complains of its arguments, and then it is there.
/// </summary>
internal static unsafe class FunctionProbes
{
    internal static IEnumerable<FeatureProbe> All =>
    [
        HelperProbe("bpf_get_stackid", 27, BpfProgramType.PerfEvent, "stacks by number", "Linux 4.6"),
        HelperProbe("bpf_get_stack", 67, BpfProgramType.PerfEvent, "stacks in the record", "Linux 4.18"),
        HelperProbe("bpf_ringbuf_reserve", 131, BpfProgramType.Kprobe, "ring buffer records", "Linux 5.8"),
        HelperProbe("bpf_get_current_task_btf", 158, BpfProgramType.Kprobe, "the running task, typed", "Linux 5.11"),
        HelperProbe("bpf_get_ns_current_pid_tgid", 120, BpfProgramType.Kprobe, "pids of a pid namespace", "Linux 5.7"),
        HelperProbe("bpf_find_vma", 180, BpfProgramType.Kprobe, "the mapping at an address", "Linux 5.17"),
        HelperProbe("bpf_loop", 181, BpfProgramType.Kprobe, "long loops", "Linux 5.17"),
        HelperProbe("bpf_get_attach_cookie", 174, BpfProgramType.Kprobe, "telling attachments apart", "Linux 5.15"),
        HelperProbe("bpf_get_func_ip", 173, BpfProgramType.Kprobe, "the probed function's address", "Linux 5.15"),
        HelperProbe("bpf_copy_from_user", 148, BpfProgramType.Syscall, "user memory that may be paged out", "Linux 5.10"),
        HelperProbe("bpf_copy_from_user_task", 191, BpfProgramType.Syscall, "the same of another task", "Linux 5.18"),
        HelperProbe("bpf_timer_init", 169, BpfProgramType.SocketFilter, "timers (not in tracing programs)", "Linux 5.15"),
        HelperProbe("bpf_probe_write_user", 36, BpfProgramType.Kprobe, "writing to user memory", "Linux 4.8", optional: true),
        Kfunc("bpf_iter_task_vma_new", "walking mappings inside a program", "Linux 6.7"),
        Kfunc("bpf_iter_task_new", "walking tasks inside a program", "Linux 6.7"),
        Kfunc("bpf_task_from_pid", "a task by its pid", "Linux 6.2"),
        Kfunc("bpf_task_from_vpid", "a task by its pid in the caller's namespace", "Linux 6.14"),
        Kfunc("bpf_rdonly_cast", "reading a pointer as a type", "Linux 6.2"),
        Kfunc("bpf_probe_read_user_dynptr", "user memory of any length into a record", "Linux 6.16"),
        Kfunc("bpf_task_work_schedule_resume", "work when a task returns to user mode", "Linux 6.18", "bpf_task_work_schedule_resume_impl"),
        Kfunc("bpf_task_work_schedule_signal", "the same, waking the task", "Linux 6.18", "bpf_task_work_schedule_signal_impl"),
        new("PROCMAP_QUERY", FeatureCategory.Functions, "mappings and build ids by ioctl", ProcMapQuery) { Since = "Linux 6.11" },
    ];

    /// <summary>Whether programs of a type may call a helper.</summary>
    internal static ProbeAnswer Helper(BpfProgramType type, int helper)
    {
        var kind = new ProbeProgram(type)
        {
            Flags = type == BpfProgramType.Syscall ? BpfSyscall.SleepableFlag : 0,
            Needs = type is BpfProgramType.SocketFilter or BpfProgramType.Syscall ? Refusal.ForMaps : Refusal.ForTracing,
        };
        return Call(kind, BpfInstruction.CallHelper(helper));
    }

    private static FeatureProbe HelperProbe(string name, int helper, BpfProgramType type, string purpose, string since, bool optional = false) =>
        new(name, FeatureCategory.Functions, purpose, () => Helper(type, helper)) { Since = since, Optional = optional };

    private static FeatureProbe Kfunc(string name, string purpose, string since, string? alsoKnownAs = null) =>
        new(name, FeatureCategory.Functions, purpose, () => CallKfunc(alsoKnownAs is null ? [name] : [name, alsoKnownAs])) { Since = since };

    private static ProbeAnswer CallKfunc(string[] names)
    {
        foreach (var name in names)
        {
            if (BtfData.Kernel.TryFind(name, BtfKind.Function, out var function))
            {
                var kind = new ProbeProgram(BpfProgramType.Syscall) { Flags = BpfSyscall.SleepableFlag, Needs = Refusal.ForMaps };
                var answer = Call(kind, BpfInstruction.CallKernelFunction(function.Id));
                return answer.Available && name != names[0] ? ProbeAnswer.Yes("as " + name) : answer;
            }
        }

        return ProbeAnswer.No("this kernel does not export it (its BTF has no such function)", null, Errno.ENOENT);
    }

    private static ProbeAnswer Call(ProbeProgram kind, BpfInstruction call)
    {
        var fd = kind.TryLoad([call, BpfInstruction.Move(0, 0), BpfInstruction.Exit], target: 0, out var log);
        if (fd >= 0)
        {
            new FileDescriptor(fd).Dispose();
            return ProbeAnswer.Yes();
        }

        var words = Refusal.LastWords(log);
        var unknown = words.Length == 0
            || words.Contains("unknown func", StringComparison.Ordinal)
            || words.Contains("invalid func", StringComparison.Ordinal)
            || words.Contains("cannot use helper", StringComparison.Ordinal)
            || words.Contains("is not allowed", StringComparison.Ordinal);
        return unknown ? Refuse(-fd, log, kind) : ProbeAnswer.Yes();
    }

    private static ProbeAnswer Refuse(int errno, string log, ProbeProgram kind)
    {
        var lockdown = SettingProbes.ParseLockdown(SettingProbes.Read("/sys/kernel/security/lockdown"));
        return log.Contains("bpf_probe_write_user", StringComparison.Ordinal) && lockdown is not (null or "none")
            ? ProbeAnswer.No($"lockdown={lockdown} forbids it", "boot without lockdown= and without Secure Boot", errno)
            : Refusal.Explain("calling it", errno, log, kind.Needs);
    }

    private static ProbeAnswer ProcMapQuery()
    {
        const nuint Request = 0xC0686611; // _IOWR('f', 17, struct procmap_query), 104 bytes
        var fd = Libc.open("/proc/self/maps", Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (fd < 0)
        {
            return ProbeAnswer.No($"/proc/self/maps cannot be opened ({Errno.Describe(Errno.Last)})");
        }

        using var maps = new FileDescriptor(fd);

        // SAFETY: 13 words are the 104 bytes that the request's number names; the first says so again.
        var query = stackalloc ulong[13];
        new Span<ulong>(query, 13).Clear();
        query[0] = 104;
        query[1] = 0x10; // PROCMAP_QUERY_COVERING_OR_NEXT_VMA
        if (Libc.ioctl(fd, Request, (nint)query) == 0)
        {
            return ProbeAnswer.Yes();
        }

        var errno = Errno.Last;
        return ProbeAnswer.No($"this kernel's /proc/PID/maps does not know the request ({Errno.Describe(errno)})", "mappings are read as text instead", errno);
    }
}

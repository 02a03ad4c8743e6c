using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Whether kprobes can be attached: by the kprobe event source, else by tracefs; and many at once by one link.</summary>
internal static unsafe class KernelProbes
{
    private const string Instead = "use a tracepoint, raw_tp or tp_btf near the function";
    private const uint ReturnFlag = 1;

    private static readonly string[] Functions = ["bpf_fentry_test1", "cgroup_bpf_offline", "vfs_fsync"];

    internal static ProbeAnswer Attach(bool atReturn)
    {
        var kind = new ProbeProgram(BpfProgramType.Kprobe) { Instead = Instead };
        return ProbeAttachment.Try(kind, programFd => Attach(programFd, atReturn), Explain);
    }

    internal static ProbeAnswer AttachMany() => ProbeAttachment.Try(
        new ProbeProgram(BpfProgramType.Kprobe, BpfAttachType.TraceKprobeMulti) { Instead = Instead },
        AttachMany,
        errno => errno is Errno.EOPNOTSUPP
            ? ProbeAnswer.No("this kernel is built without fprobe (CONFIG_FPROBE), which kprobe.multi stands on", "attach single kprobes, or " + Instead, errno)
            : errno is Errno.EINVAL ? ProbeAnswer.No("this kernel has no kprobe.multi link", "attach single kprobes", errno) : null);

    private static int Attach(int programFd, bool atReturn)
    {
        if (PerfEventSource.Type("kprobe") is not { } type)
        {
            return -Errno.ENOENT;
        }

        var result = -Errno.ENOENT;
        foreach (var function in Functions)
        {
            result = Attach(programFd, type, function, atReturn);
            if (result is not (-Errno.ENOENT or -Errno.EINVAL))
            {
                break;
            }
        }

        return result;
    }

    private static int Attach(int programFd, uint type, string function, bool atReturn)
    {
        // SAFETY: the name is pinned while perf_event_open reads it; the attribute is not used afterwards.
        fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(function + '\0'))
        {
            var attributes = new PerfEventAttributes
            {
                Type = type,
                Config = atReturn ? 1UL << PerfEventSource.FormatBit("kprobe", "retprobe") : 0,
                Config1 = (ulong)name,
            };
            return ProbeAttachment.ToPerfEvent(attributes)(programFd);
        }
    }

    private static int AttachMany(int programFd)
    {
        var result = -Errno.ENOENT;
        foreach (var function in Functions)
        {
            // SAFETY: the name and the one-element array live on this frame or are pinned until the call has returned.
            fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(function + '\0'))
            {
                var symbols = (ulong)name;
                result = BpfSyscall.CreateLink(new()
                {
                    ProgramFd = (uint)programFd,
                    AttachType = (uint)BpfAttachType.TraceKprobeMulti,
                    KprobeFlags = 0 & ReturnFlag,
                    KprobeCount = 1,
                    KprobeSymbols = (ulong)&symbols,
                });
            }

            if (result is not (-Errno.ENOENT or -Errno.ESRCH))
            {
                break;
            }
        }

        return result;
    }

    /// <summary>Why attaching a kprobe gave this errno; null for the general reason.</summary>
    internal static ProbeAnswer? Explain(int errno) => errno is Errno.ENOENT && PerfEventSource.Type("kprobe") is null
        ? ProbeAnswer.No(
            "this kernel is built without kprobes: it has no kprobe event source (CONFIG_KPROBE_EVENTS); programs load but cannot attach",
            Instead,
            errno)
        : null;
}

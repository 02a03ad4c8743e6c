using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Whether uprobes can be attached. The target is a memory file of this process that nobody executes: the kernel registers the probe and
/// writes no breakpoint anywhere.
/// </summary>
internal static unsafe class UserProbes
{
    private const int PageSize = 4096;
    private static readonly Capability[] ForPerfEvent = [Capability.Bpf, Capability.PerfMon, Capability.SysAdmin];

    internal static ProbeAnswer Attach(bool atReturn)
    {
        if (PerfEventSource.Type("uprobe") is not { } type)
        {
            return ProbeAnswer.No("this kernel is built without uprobes: it has no uprobe event source (CONFIG_UPROBE_EVENTS)");
        }

        var byLink = AttachMany(atReturn);
        return byLink.Available
            ? ProbeAnswer.Yes("by uprobe.multi link")
            : WithTarget(target => AttachByPerfEvent(type, target, atReturn));
    }

    internal static ProbeAnswer AttachMany() => AttachMany(atReturn: false);

    internal static ProbeAnswer Usdt()
    {
        var uprobe = Attach(atReturn: false);
        if (!uprobe.Available)
        {
            return uprobe;
        }

        // The arguments' places are found by the cookie of the attachment (libbpf's usdt.bpf.h; older kernels: by address).
        var cookie = FunctionProbes.Helper(BpfProgramType.Kprobe, 174 /* bpf_get_attach_cookie */);
        return cookie.Available ? ProbeAnswer.Yes() : ProbeAnswer.Yes("without attach cookies: no two probes at one address");
    }

    private static ProbeAnswer AttachByPerfEvent(uint type, string target, bool atReturn)
    {
        // SAFETY: the path is pinned while perf_event_open reads it.
        fixed (byte* path = System.Text.Encoding.UTF8.GetBytes(target + '\0'))
        {
            var attributes = new PerfEventAttributes
            {
                Type = type,
                Config = atReturn ? 1UL << PerfEventSource.FormatBit("uprobe", "retprobe") : 0,
                Config1 = (ulong)path,
            };
            return ProbeAttachment.Try(
                new(BpfProgramType.Kprobe), ProbeAttachment.ToPerfEvent(attributes, pid: -1), needs: ForPerfEvent);
        }
    }

    private static ProbeAnswer AttachMany(bool atReturn) => WithTarget(target => ProbeAttachment.Try(
        new ProbeProgram(BpfProgramType.Kprobe, BpfAttachType.TraceUprobeMulti) { Instead = "single uprobes, by perf events, serve" },
        programFd => CreateLink(programFd, target, atReturn),
        errno => errno is Errno.EINVAL or Errno.EOPNOTSUPP
            ? ProbeAnswer.No("this kernel has no uprobe.multi link", "single uprobes, by perf events, serve", errno)
            : null));

    private static int CreateLink(int programFd, string target, bool atReturn)
    {
        // SAFETY: the path is pinned and the offset lives on this frame until the call has returned.
        fixed (byte* path = System.Text.Encoding.UTF8.GetBytes(target + '\0'))
        {
            ulong offset = 16;
            return BpfSyscall.CreateLink(new()
            {
                ProgramFd = (uint)programFd,
                AttachType = (uint)BpfAttachType.TraceUprobeMulti,
                UprobePath = (ulong)path,
                UprobeOffsets = (ulong)&offset,
                UprobeCount = 1,
                UprobeFlags = atReturn ? 1u : 0,
            });
        }
    }

    private static ProbeAnswer WithTarget(Func<string, ProbeAnswer> use)
    {
        var fd = Libc.memfd_create("bpfi-uprobe-target", Libc.MFD_CLOEXEC);
        if (fd < 0)
        {
            return ProbeAnswer.No($"memfd_create failed ({Errno.Describe(Errno.Last)})");
        }

        using var target = new FileDescriptor(fd);
        return Libc.ftruncate(fd, PageSize) == 0
            ? use($"/proc/self/fd/{fd}")
            : ProbeAnswer.No($"ftruncate failed ({Errno.Describe(Errno.Last)})");
    }
}

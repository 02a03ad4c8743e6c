using BpfInteractive.Interop;

namespace BpfInteractive;

public sealed unsafe partial class BpfProgram
{
    /// <summary>
    /// Attaches to what its SEC() says: <c>tracepoint/sched/sched_switch</c>, <c>fentry/vfs_read</c>, <c>uprobe//usr/bin/bash:readline</c>.
    /// </summary>
    /// <returns>The link; the program runs until it, or the object, is disposed.</returns>
    /// <exception cref="InvalidOperationException">The section names no target (<c>xdp</c>, <c>perf_event</c>, <c>syscall</c>); the message names the method.</exception>
    /// <exception cref="UnsupportedFeatureException">This machine lacks the kind; the reason is the one that doctor gives.</exception>
    /// <exception cref="BpfException">There is no such target, or the kernel refuses.</exception>
    public BpfLink Attach() => SectionAttach.Attach(this);

    /// <summary>Attaches a SEC("tracepoint") program.</summary>
    /// <param name="category">The tracepoint's group: <c>sched</c>, <c>syscalls</c>.</param>
    /// <param name="name">Its name: <c>sched_switch</c>, <c>sys_enter_openat</c>.</param>
    /// <param name="cookie">What <c>bpf_get_attach_cookie()</c> gives the program; needs Linux 5.15 when not 0.</param>
    /// <exception cref="BpfException">There is no such tracepoint (the message names the nearest), or tracefs cannot be read.</exception>
    public BpfLink AttachTracepoint(string category, string name, ulong cookie = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(category);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(this, LinkKind.Tracepoint, $"{category}/{name}", program =>
        {
            var failure = new AttachFailure(program, $"tracepoint {category}/{name}", "tracepoint");
            var attributes = new PerfEventAttributes
            {
                Type = Libc.PERF_TYPE_TRACEPOINT,
                Config = (ulong)Tracepoints.FindId(category, name, failure),
                PeriodOrFrequency = 1,
                Flags = PerfEventAttributes.FlagDisabled,
            };
            return PerfEventAttachment.Create(Libc.perf_event_open(ref attributes, pid: -1, cpu: 0), program, cookie, failure);
        });
    }

    /// <summary>Attaches a SEC("raw_tp") program. Needs no tracefs.</summary>
    /// <param name="name">The tracepoint's name without its group: <c>sched_switch</c>, <c>sys_enter</c>.</param>
    /// <exception cref="BpfException">There is no such tracepoint; the message names the nearest.</exception>
    public BpfLink AttachRawTracepoint(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(this, LinkKind.RawTracepoint, name, program => Attachment.FromLink(
            BpfSyscall.OpenRawTracepoint(name, program.Fd),
            new(program, $"raw tracepoint {name}", "raw_tp") { Explain = errno => Tracepoints.ExplainRaw(name, errno) }));
    }

    /// <summary>
    /// Attaches a SEC("tp_btf"), fentry, fexit, fmod_ret, freplace or lsm program to the target that it was loaded for (its SEC(), or
    /// <see cref="OpenBpfProgram"/>'s attach target).
    /// </summary>
    public BpfLink AttachTrace()
    {
        var (prefix, target) = SectionAttach.Split(Section);
        return new(this, Type == BpfProgramType.Lsm ? LinkKind.Lsm : LinkKind.Tracing, target, program => Attachment.FromLink(
            BpfSyscall.OpenRawTracepoint(name: null, program.Fd),
            new(program, $"{prefix} {target}", SectionKind.FeatureOf(Section) ?? "tp_btf")));
    }
}

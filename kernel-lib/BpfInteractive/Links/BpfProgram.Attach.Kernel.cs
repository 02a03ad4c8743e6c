using System.Text;
using BpfInteractive.Interop;

namespace BpfInteractive;

public sealed unsafe partial class BpfProgram
{
    private const uint MultiReturnFlag = 1;

    /// <summary>Attaches a SEC("kprobe") program to a kernel function.</summary>
    /// <param name="function">The function's name: <c>do_nanosleep</c>.</param>
    /// <param name="atReturn">To its return instead of its entry.</param>
    /// <param name="offset">Bytes into the function; at its entry alone.</param>
    /// <param name="cookie">What <c>bpf_get_attach_cookie()</c> gives the program; needs Linux 5.15 when not 0.</param>
    /// <exception cref="UnsupportedFeatureException">This kernel has no kprobes.</exception>
    /// <exception cref="BpfException">There is no such function (the message names the nearest), or it may not be probed.</exception>
    public BpfLink AttachKprobe(string function, bool atReturn = false, ulong offset = 0, ulong cookie = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(function);
        var target = offset == 0 ? function : $"{function}+0x{offset:x}";
        return new(this, atReturn ? LinkKind.Kretprobe : LinkKind.Kprobe, target, program =>
        {
            var failure = new AttachFailure(program, $"{(atReturn ? "kretprobe" : "kprobe")} {target}", atReturn ? "kretprobe" : "kprobe")
            {
                Explain = errno => KernelFunctions.Explain(function, errno),
            };
            return PerfEventAttachment.Create(OpenKprobe(function, atReturn, offset), program, cookie, failure);
        });
    }

    /// <summary>Attaches a SEC("kprobe.multi") program to every kernel function that a pattern names.</summary>
    /// <param name="pattern">A name with <c>*</c> and <c>?</c>: <c>tcp_send*</c>.</param>
    /// <param name="atReturn">To their returns instead of their entries.</param>
    /// <exception cref="UnsupportedFeatureException">This kernel has no fprobe.</exception>
    /// <exception cref="BpfException">No function that can be traced has such a name.</exception>
    public BpfLink AttachKprobeMulti(string pattern, bool atReturn = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        return new(this, LinkKind.KprobeMulti, pattern, program =>
        {
            var failure = KprobeMultiFailure(program, pattern);
            failure.ThrowIfMissing();
            var addresses = KernelFunctions.Traceable(pattern);
            return addresses.Length > 0
                ? AttachAddresses(program, addresses, atReturn, failure)
                : throw failure.Because("no kernel function that can be traced has such a name", KernelFunctions.DidYouMean(pattern), Errno.ENOENT);
        });
    }

    /// <summary>Attaches a SEC("kprobe.multi") program to the kernel functions of a list.</summary>
    /// <param name="functions">Their names.</param>
    /// <param name="atReturn">To their returns instead of their entries.</param>
    /// <exception cref="UnsupportedFeatureException">This kernel has no fprobe.</exception>
    /// <exception cref="BpfException">One of them is not there or cannot be traced.</exception>
    public BpfLink AttachKprobeMulti(IReadOnlyList<string> functions, bool atReturn = false)
    {
        ArgumentNullException.ThrowIfNull(functions);
        ArgumentOutOfRangeException.ThrowIfZero(functions.Count, nameof(functions));
        return new(this, LinkKind.KprobeMulti, $"{functions[0]}{(functions.Count > 1 ? $" and {functions.Count - 1} more" : "")}", program =>
        {
            var failure = KprobeMultiFailure(program, $"{functions.Count} functions");
            failure.ThrowIfMissing();
            return AttachNames(program, functions, atReturn, failure);
        });
    }

    private static AttachFailure KprobeMultiFailure(BpfProgram program, string target) => new(program, $"kprobe.multi {target}", "kprobe.multi")
    {
        Explain = errno => errno switch
        {
            Errno.EINVAL when program.ExpectedAttachType is not (BpfAttachType.TraceKprobeMulti or BpfAttachType.TraceKprobeSession) =>
                ($"it was loaded as SEC(\"{program.Section}\")", "write SEC(\"kprobe.multi\")"),
            Errno.ESRCH or Errno.ENOENT => ("one of the functions is not there, or has several places, or cannot be traced",
                "tracefs' available_filter_functions lists those that can"),
            _ => null,
        },
    };

    private static int OpenKprobe(string function, bool atReturn, ulong offset)
    {
        if (PerfEventSource.Type("kprobe") is not { } type)
        {
            return -Errno.ENOENT;
        }

        // SAFETY: the name is pinned while perf_event_open reads it.
        fixed (byte* name = Encoding.UTF8.GetBytes(function + '\0'))
        {
            var attributes = new PerfEventAttributes
            {
                Type = type,
                Config = atReturn ? 1UL << PerfEventSource.FormatBit("kprobe", "retprobe") : 0,
                Config1 = (ulong)name,
                Config2 = offset,
                Flags = PerfEventAttributes.FlagDisabled,
            };
            return Libc.perf_event_open(ref attributes, pid: -1, cpu: 0);
        }
    }

    private static Attachment AttachAddresses(BpfProgram program, ulong[] addresses, bool atReturn, AttachFailure failure)
    {
        // SAFETY: the addresses are pinned until the call has returned.
        fixed (ulong* pointer = addresses)
        {
            return Attachment.FromLink(BpfSyscall.CreateLink(KprobeMulti(program, addresses.Length, atReturn) with { KprobeAddresses = (ulong)pointer }), failure);
        }
    }

    private static Attachment AttachNames(BpfProgram program, IReadOnlyList<string> functions, bool atReturn, AttachFailure failure)
    {
        using var names = new NativeStrings(functions);
        return Attachment.FromLink(BpfSyscall.CreateLink(KprobeMulti(program, functions.Count, atReturn) with { KprobeSymbols = names.Pointer }), failure);
    }

    private static LinkCreateAttributes KprobeMulti(BpfProgram program, int count, bool atReturn) => new()
    {
        ProgramFd = (uint)program.Fd,
        AttachType = (uint)program.ExpectedAttachType,
        KprobeFlags = atReturn ? MultiReturnFlag : 0,
        KprobeCount = (uint)count,
    };
}

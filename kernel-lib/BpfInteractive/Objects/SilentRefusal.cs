using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Refusals that come before the verifier writes a word: missing rights, kinds of programs that this kernel does not take.</summary>
internal static class SilentRefusal
{
    internal static (string Detail, string? Hint) Explain(BpfProgramType type, string section, int errno)
    {
        if (errno is Errno.EPERM or Errno.EACCES && Rights.Missing() is { } missing)
        {
            return ($"the kernel refuses {KindOf(type, section)} programs to this process", missing);
        }

        // What doctor's probe saw is the truth about the kind; what follows is for kinds that it does not probe or finds whole.
        if (errno is not (Errno.E2BIG or Errno.ENOMEM) && Features.Explain(section.TrimStart('?')) is { Available: false, Reason: { } reason } state)
        {
            return ($"{state.Name}: {reason}", state.Remedy);
        }

        return errno switch
        {
            Errno.EPERM or Errno.EACCES => (
                $"{KindOf(type, section)} programs are refused on this kernel, whatever rights the process has (the verifier's log is empty)",
                Instead(type, section)),
            Errno.EINVAL => (
                $"the kernel refuses the program before verifying it: it does not know {KindOf(type, section)} programs, this attach type, or a flag",
                Instead(type, section)),
            Errno.E2BIG => ("it has more instructions than the kernel takes", "split it with tail calls or global functions"),
            Errno.ENOMEM => ("the kernel has not enough memory", null),
            Errno.EOPNOTSUPP or Errno.ENOTSUPP => ($"this kernel does not support {KindOf(type, section)} programs", Instead(type, section)),
            _ => ("the kernel refuses it without a word", null),
        };
    }

    /// <summary>"fentry", "LSM", "XDP": what a person calls such programs.</summary>
    private static string KindOf(BpfProgramType type, string section)
    {
        var prefix = section.TrimStart('?').Split('/', '.')[0];
        return type switch
        {
            BpfProgramType.Tracing => prefix.Length > 0 ? prefix : "tracing",
            BpfProgramType.Lsm => "LSM",
            _ => type.ToString(),
        };
    }

    private static string? Instead(BpfProgramType type, string section) => type switch
    {
        BpfProgramType.Tracing when section.Contains("fentry", StringComparison.Ordinal) || section.Contains("fexit", StringComparison.Ordinal)
            || section.Contains("fmod_ret", StringComparison.Ordinal) =>
            "such programs need BPF trampolines, which a locked-down kernel or a missing CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS takes away; use kprobe, tp_btf or a tracepoint where there is one",
        BpfProgramType.Lsm => "LSM programs need BPF trampolines and \"bpf\" in the lsm= list of the kernel's command line",
        BpfProgramType.Tracing => "run 'bpfi doctor' for what this kernel takes",
        _ => "run 'bpfi doctor' for what this kernel takes",
    };
}

using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Turns what the kernel answered into the reason that doctor shows and that exceptions carry.</summary>
internal static class Refusal
{
    internal static readonly Capability[] ForTracing = [Capability.Bpf, Capability.PerfMon];
    internal static readonly Capability[] ForNetwork = [Capability.Bpf, Capability.NetAdmin];
    internal static readonly Capability[] ForMaps = [Capability.Bpf];

    /// <summary>The reason for a refused step.</summary>
    /// <param name="step">What was refused: "loading", "attaching".</param>
    /// <param name="errno">The positive errno.</param>
    /// <param name="log">What the verifier wrote; empty when it was never asked.</param>
    /// <param name="needs">The capabilities that the step takes.</param>
    /// <param name="remedy">What serves instead, where that is known.</param>
    internal static ProbeAnswer Explain(string step, int errno, string log, Capability[] needs, string? remedy = null)
    {
        if (errno is Errno.EPERM or Errno.EACCES)
        {
            return Forbidden(step, errno, log, needs, remedy);
        }

        return errno switch
        {
            38 /* ENOSYS */ => ProbeAnswer.No("this kernel has no bpf system call", "use a kernel with CONFIG_BPF_SYSCALL", errno),
            Errno.EOPNOTSUPP or Errno.ENOTSUPP => ProbeAnswer.No($"{step} is not supported by this kernel ({Errno.Describe(errno)})", remedy, errno),
            _ => ProbeAnswer.No(Compose($"{step} is refused", errno, log), remedy, errno),
        };
    }

    private static ProbeAnswer Forbidden(string step, int errno, string log, Capability[] needs, string? remedy)
    {
        var missing = Capabilities.Missing(needs);
        if (missing.Length > 0)
        {
            return ProbeAnswer.No($"{step} needs {Capabilities.List(missing)}, which this process lacks", Capabilities.Remedy(needs), errno);
        }

        if (Capabilities.InUserNamespace)
        {
            return ProbeAnswer.No(
                $"{step} is refused: this process lives in a user namespace, where its capabilities do not reach the kernel's BPF",
                "run it outside the user namespace (a rootful container, or the host)",
                errno);
        }

        return log.Length > 0
            ? ProbeAnswer.No(Compose($"{step} is refused", errno, log), remedy, errno)
            : ProbeAnswer.No(
                $"the kernel refuses {step} with {(errno == Errno.EPERM ? "EPERM" : "EACCES")} before its verifier looks (the log is empty), "
                + $"though this process holds {Capabilities.List(needs)}: a policy of this kernel, not a missing right",
                remedy,
                errno);
    }

    private static string Compose(string what, int errno, string log)
    {
        var said = LastWords(log);
        return said.Length == 0 ? $"{what} ({Errno.Describe(errno)})" : $"{what}: {said} ({Errno.Describe(errno)})";
    }

    /// <summary>The verifier's last line that is not its statistics.</summary>
    internal static string LastWords(string log) =>
        log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .LastOrDefault(line => !line.StartsWith("processed ", StringComparison.Ordinal)
                && !line.StartsWith("verification time", StringComparison.Ordinal)
                && !line.StartsWith("stack depth", StringComparison.Ordinal)) ?? "";
}

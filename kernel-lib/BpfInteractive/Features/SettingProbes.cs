using System.Globalization;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Settings and limits: what they are, and whether they stand in the way of this process.</summary>
internal static class SettingProbes
{
    internal static IEnumerable<FeatureProbe> All =>
    [
        new("lockdown", FeatureCategory.Settings, "no lockdown: kernel memory may be read, and user memory written", Lockdown) { Optional = true },
        new("unprivileged_bpf", FeatureCategory.Settings, "bpf(2) without CAP_BPF (socket filters and cgroup programs alone)", Unprivileged) { Optional = true },
        new("perf_event_paranoid", FeatureCategory.Settings, "sampling of all processes by this user", PerfParanoid),
        new("kptr_restrict", FeatureCategory.Settings, "addresses in /proc/kallsyms", KernelPointers) { Optional = true },
        new("memlock", FeatureCategory.Settings, "locked memory; of no account since Linux 5.11, which accounts by cgroup", MemoryLock) { Optional = true },
    ];

    /// <summary>A one-line file's text, or null when it is not there or cannot be read.</summary>
    internal static string? Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>securityfs shows "none [integrity] confidentiality"; the word in brackets holds.</summary>
    internal static string? ParseLockdown(string? text)
    {
        var start = text?.IndexOf('[', StringComparison.Ordinal) ?? -1;
        var end = text?.IndexOf(']', StringComparison.Ordinal) ?? -1;
        return start >= 0 && end > start ? text![(start + 1)..end] : null;
    }

    private static ProbeAnswer Lockdown()
    {
        switch (ParseLockdown(Read("/sys/kernel/security/lockdown")))
        {
            case "none":
                return ProbeAnswer.Yes("none");
            case { } mode:
                return ProbeAnswer.No($"lockdown={mode}: " + (mode == "confidentiality"
                    ? "programs may not read kernel memory (bpf_probe_read_kernel gives EPERM)"
                    : "bpf_probe_write_user is refused"), "boot without lockdown= and without Secure Boot");
            default:
                break;
        }

        // securityfs is not mounted: ask by what lockdown forbids.
        var write = FunctionProbes.Helper(BpfProgramType.Kprobe, 36 /* bpf_probe_write_user */);
        return write.Available ? ProbeAnswer.Yes("none (bpf_probe_write_user is allowed)")
            : write.Errno is Errno.EPERM ? ProbeAnswer.Yes("not to be told without securityfs and CAP_BPF")
            : ProbeAnswer.No("bpf_probe_write_user is refused, as by lockdown=integrity (securityfs is not mounted, so it is not told)",
                null, write.Errno);
    }

    private static ProbeAnswer Unprivileged() => Read("/proc/sys/kernel/unprivileged_bpf_disabled") switch
    {
        "0" => ProbeAnswer.Yes("0: open to everybody"),
        null => ProbeAnswer.No("this kernel has no such setting", null),
        var value => ProbeAnswer.No($"kernel.unprivileged_bpf_disabled={value}: CAP_BPF is needed for all of it, as is usual"),
    };

    private static ProbeAnswer PerfParanoid()
    {
        var text = Read("/proc/sys/kernel/perf_event_paranoid");
        if (text is null)
        {
            return ProbeAnswer.No("this kernel has no perf events", "use a kernel with CONFIG_PERF_EVENTS");
        }

        var level = int.Parse(text, CultureInfo.InvariantCulture);
        return Capabilities.Has(Capability.PerfMon) ? ProbeAnswer.Yes($"{level}, which CAP_PERFMON overrides")
            : level < 0 ? ProbeAnswer.Yes($"{level}: open to everybody")
            : ProbeAnswer.No($"kernel.perf_event_paranoid={level} and no CAP_PERFMON", Capabilities.Remedy([Capability.PerfMon]));
    }

    private static ProbeAnswer KernelPointers()
    {
        var level = Read("/proc/sys/kernel/kptr_restrict") ?? "unknown";
        using var symbols = new StreamReader("/proc/kallsyms");
        var hidden = symbols.ReadLine()?.StartsWith("0000000000000000 ", StringComparison.Ordinal) ?? true;

        // Per-CPU symbols may truly lie at 0: look at some lines more before saying that all are hidden.
        for (var line = 0; hidden && line < 1000 && symbols.ReadLine() is { } next; line++)
        {
            hidden = next.StartsWith("0000000000000000 ", StringComparison.Ordinal);
        }

        return hidden
            ? ProbeAnswer.No($"kernel.kptr_restrict={level}: /proc/kallsyms shows zeros to this process", "CAP_SYSLOG, or CAP_BPF and CAP_PERFMON: iter/ksym is used instead")
            : ProbeAnswer.Yes($"{level}; addresses are shown");
    }

    private static ProbeAnswer MemoryLock()
    {
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(text => text.StartsWith("Max locked memory", StringComparison.Ordinal));
        var value = line?.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return ProbeAnswer.Yes(value is [_, var soft, ..] ? FormatLimit(soft) : null);
    }

    private static string FormatLimit(string bytes) =>
        long.TryParse(bytes, CultureInfo.InvariantCulture, out var number) ? $"{number / 1024 / 1024} MiB" : bytes;
}

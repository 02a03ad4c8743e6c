using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>The kernel itself: version, BTF, JIT, run statistics, namespaces.</summary>
internal static class KernelStateProbes
{
    private const string VmlinuxBtf = "/sys/kernel/btf/vmlinux";
    private static readonly Capability[] ForStats = [Capability.SysAdmin];

    internal static IEnumerable<FeatureProbe> All =>
    [
        new("kernel", FeatureCategory.Kernel, "the running kernel", Version),
        new("btf", FeatureCategory.Kernel, "the kernel's types: vmlinux.h, CO-RE, typed tracepoints", Btf) { Since = "Linux 5.4" },
        new("module_btf", FeatureCategory.Kernel, "the types of kernel modules", ModuleBtf) { Since = "Linux 5.11", Optional = true },
        new("jit", FeatureCategory.Kernel, "BPF runs as machine code", Jit),
        new("stats", FeatureCategory.Kernel, "run count and run time of programs", Stats) { Since = "Linux 5.8", Optional = true },
        new("pid_namespace", FeatureCategory.Kernel, "pids are the host's; elsewhere they are translated", PidNamespace) { Optional = true },
        new("container", FeatureCategory.Kernel, "not in a container: all processes and mounts are to be seen", Container) { Optional = true },
    ];

    private static ProbeAnswer Version()
    {
        var release = SettingProbes.Read("/proc/sys/kernel/osrelease") ?? Environment.OSVersion.Version.ToString();
        return ProbeAnswer.Yes($"{release} {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}");
    }

    private static ProbeAnswer Btf()
    {
        if (!File.Exists(VmlinuxBtf))
        {
            return ProbeAnswer.No($"{VmlinuxBtf} is missing", "use a kernel built with CONFIG_DEBUG_INFO_BTF, as all large distributions have");
        }

        _ = BtfData.Kernel;
        return ProbeAnswer.Yes($"{VmlinuxBtf}, {new FileInfo(VmlinuxBtf).Length / 1e6:0.0} MB");
    }

    private static ProbeAnswer ModuleBtf()
    {
        var modules = Directory.Exists("/sys/kernel/btf") ? Directory.GetFiles("/sys/kernel/btf").Length - 1 : 0;
        return modules > 0 ? ProbeAnswer.Yes($"{modules} modules") : ProbeAnswer.No("no module has BTF here (none is loaded, or the kernel has none)");
    }

    private static ProbeAnswer Jit() => SettingProbes.Read("/proc/sys/net/core/bpf_jit_enable") switch
    {
        "0" => ProbeAnswer.No("programs are interpreted: net.core.bpf_jit_enable is 0", "sysctl net.core.bpf_jit_enable=1"),
        null => ProbeAnswer.Yes("not told by this network namespace; kernels of today have it on"),
        var value => ProbeAnswer.Yes($"net.core.bpf_jit_enable={value}"),
    };

    private static ProbeAnswer Stats()
    {
        if (SettingProbes.Read("/proc/sys/kernel/bpf_stats_enabled") == "1")
        {
            return ProbeAnswer.Yes("always on: kernel.bpf_stats_enabled=1");
        }

        var fd = BpfSyscall.EnableStats();
        if (fd < 0)
        {
            return Refusal.Explain("counting", -fd, "", ForStats, "or switch it on for all: sysctl kernel.bpf_stats_enabled=1");
        }

        new FileDescriptor(fd).Dispose();
        return ProbeAnswer.Yes("on while somebody asks");
    }

    /// <summary>The initial pid namespace has a fixed inode number (PROC_PID_INIT_INO in include/linux/proc_ns.h).</summary>
    private static ProbeAnswer PidNamespace() => new FileInfo("/proc/self/ns/pid").LinkTarget switch
    {
        "pid:[4026531836]" => ProbeAnswer.Yes("the initial one"),
        var other => ProbeAnswer.No($"this process lives in a pid namespace of its own ({other}): it sees only the processes inside"),
    };

    private static ProbeAnswer Container()
    {
        var sign = File.Exists("/.dockerenv") ? "/.dockerenv exists"
            : File.Exists("/run/.containerenv") ? "/run/.containerenv exists"
            : Environment.GetEnvironmentVariable("container") is { Length: > 0 } name ? $"the environment says container={name}"
            : null;
        return sign is null
            ? ProbeAnswer.Yes("no sign of one")
            : ProbeAnswer.No($"{sign}", "to see the host, run it with --privileged --pid=host and /sys of the host, or on the host");
    }
}

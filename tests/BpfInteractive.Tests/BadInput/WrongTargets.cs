using BpfInteractive.Tests.Objects;

namespace BpfInteractive.Tests.BadInput;

/// <summary>Things to attach to that are not there: processes, files, symbols, tracepoints, interfaces, cgroups.</summary>
internal static class WrongTargets
{
    /// <summary>Above PID_MAX_LIMIT: no kernel gives it to a process.</summary>
    private const int NobodysPid = 1 << 22;

    internal static IEnumerable<BadInputCase> Cases() =>
    [
        Attach("uprobe of a dead pid", "uprobe", program => program.AttachUprobe("/bin/sh", 0x1000, pid: NobodysPid), "uprobe /bin/sh+0x1000 of process 4194304", "there is no process 4194304"),
        Attach("uprobe of a missing file", "uprobe", program => program.AttachUprobe("/nonexistent/bin", "main"), "uprobe /nonexistent/bin:main"),
        Attach("uprobe of a missing symbol", "uprobe", program => program.AttachUprobe("/lib/x86_64-linux-gnu/libc.so.6", "no_such_symbol"), "uprobe /lib/x86_64-linux-gnu/libc.so.6:no_such_symbol"),
        Attach("uprobe of a file that is no program", "uprobe", program => program.AttachUprobe("/etc/passwd", "main"), "uprobe /etc/passwd:main"),
        Attach("uprobe of an unknown command", "uprobe", program => program.AttachUprobe("no-such-command", "main"), "uprobe no-such-command:main"),
        Attach("USDT of a missing file", "usdt", program => program.AttachUsdt("/nonexistent/bin", "p", "n"), "usdt /nonexistent/bin:p:n"),
        Attach("USDT of a dead pid", "usdt", program => program.AttachUsdt("/lib/x86_64-linux-gnu/libc.so.6", "libc", "setjmp", NobodysPid), "usdt /lib/x86_64-linux-gnu/libc.so.6:libc:setjmp of process 4194304", "there is no process 4194304"),
        Attach("tracepoint of a missing category", "tracepoint", program => program.AttachTracepoint("no_such_category", "x"), "tracepoint no_such_category/x"),
        Attach("tracepoint of a missing name", "tracepoint", program => program.AttachTracepoint("sched", "sched_swich"), "tracepoint sched/sched_swich"),
        Attach("raw tracepoint of a missing name", "raw_tp", program => program.AttachRawTracepoint("sched_swich"), "raw tracepoint sched_swich"),
        Attach("perf event of a dead pid", "perf_event", program => program.AttachPerfEvent(new PerfEventOptions { Pid = NobodysPid }), "perf event CpuClock of process 4194304", "there is no process 4194304"),
        Attach("XDP of a missing interface", "xdp", program => program.AttachXdp("nosuchif0"), "xdp nosuchif0"),
        Attach("TC of a missing interface", "tc", program => program.AttachTrafficControl("nosuchif0", TrafficDirection.Ingress), "tcx nosuchif0 ingress"),
        Attach("cgroup that is not there", "cgroup_skb/ingress", program => program.AttachCgroup("/sys/fs/cgroup/no-such-group"), "cgroup /sys/fs/cgroup/no-such-group"),
        Attach("cgroup that is a file", "cgroup_skb/ingress", program => program.AttachCgroup("/etc/passwd"), "cgroup /etc/passwd"),
        ByName("section without a target", "tracepoint", program => program.Attach(), "tracepoint"),
        ByName("section with half a target", "tracepoint/sched", program => program.Attach(), "tracepoint/sched"),
        Attach("section with a wrong target", "tracepoint/sched/sched_swich", program => program.Attach(), "tracepoint sched/sched_swich"),
        ByName("XDP by its section", "xdp", program => program.Attach(), "xdp"),
    ];

    private static BadInputCase Attach(string name, string section, Action<BpfProgram> attach, string target, params string[] words) =>
        new($"target: {name}", () => Load(section, attach), typeof(BpfException), "attach", $"program 'p' to {target}", words);

    private static BadInputCase ByName(string name, string section, Action<BpfProgram> attach, params string[] words) =>
        new($"target: {name}", () => Load(section, attach), typeof(InvalidOperationException), "", "", words);

    private static void Load(string section, Action<BpfProgram> attach)
    {
        using var open = TestObjects.Open($"SEC(\"{section}\") int p(void *ctx) {{ return 1; }}");
        using var obj = open.Load();
        attach(obj.Programs["p"]);
    }
}

using BpfInteractive.Tests.Objects;

namespace BpfInteractive.Tests.BadInput;

/// <summary>Names that are not there, values that do not fit, calls at the wrong time.</summary>
internal static class WrongValues
{
    internal static IEnumerable<BadInputCase> Cases() => [.. Names(), .. Numbers(), .. Phases(), .. Runs()];

    private static IEnumerable<BadInputCase> Names() =>
    [
        Open("program with a letter left out", open => open.Programs["on_swich"], "did you mean 'on_switch'?"),
        Open("program in another case", open => open.Programs["ADD"], "did you mean 'add'?"),
        Open("program far from any", open => open.Programs["completely_else"], "its programs: 'on_switch', 'add'"),
        Open("map with letters swapped", open => open.Maps["cuonts"], "did you mean 'counts'?"),
        Open("map in the plural's place", open => open.Maps["event"], "did you mean 'events'?"),
        Open("map far from any", open => open.Maps["zzzzzzzzzz"], "its maps:"),
        Open("global with a letter too many", open => open.Globals["seeed"], "did you mean 'seed'?"),
        Open("global with a wrong letter", open => open.Globals["target_pit"], "did you mean 'target_pid'?"),
        Open("global far from any", open => open.Globals["q"], "its globals:"),
        Load("loaded program", obj => _ = obj.Programs["od"], "did you mean 'add'?"),
        Load("loaded map", obj => _ = obj.Maps["count"], "did you mean 'counts'?"),
        Load("loaded global", obj => _ = obj.Globals["samplez"], "did you mean 'samples'?"),
    ];

    private static IEnumerable<BadInputCase> Numbers()
    {
        foreach (var value in new object[] { -1, -1L, 4294967296L, ulong.MaxValue, long.MinValue })
        {
            yield return Open($"{value} ({value.GetType().Name}) in a u32", open => open.Globals["target_pid"].Value = value, "0 to 4294967295");
        }

        foreach (var value in new object[] { -1, long.MinValue, -1.5 })
        {
            yield return Open($"{value} ({value.GetType().Name}) in a u64", open => open.Globals["samples"].Value = value, "global 'samples'");
        }

        foreach (var value in new object[] { "seven", 1.5, new byte[3], new object(), DateTime.UnixEpoch })
        {
            yield return Open($"a {value.GetType().Name} in a u32", open => open.Globals["seed"].Value = value, "global 'seed'");
        }

        yield return Load("a constant after load", obj => obj.Globals["target_pid"].Value = 1, typeof(InvalidOperationException), "set it before load");
        yield return Load("a global read too wide", obj => obj.Globals["seed"].Get<ulong>(), "UInt64 has 8 bytes");
        yield return Load("a global written too narrow", obj => obj.Globals["seed"].Set((byte)1), "Byte has 1 bytes");
        yield return Load("a negative number after load", obj => obj.Globals["seed"].Value = -5, "global 'seed'");
    }

    private static IEnumerable<BadInputCase> Phases()
    {
        foreach (var (name, use) in new (string, Action<OpenBpfObject>)[]
        {
            ("load again", open => open.Load()), ("set a map", open => open.Maps["counts"].MaxEntries = 1), ("set a program", open => open.Programs["add"].Autoload = false),
            ("set a global", open => open.Globals["seed"].Value = 1), ("read a global", open => _ = open.Globals["seed"].Value), ("read a map", open => _ = open.Maps["counts"].Type),
        })
        {
            yield return new BadInputCase($"phase: {name} after load", () => AfterLoad(use), typeof(ObjectDisposedException), "", "", "OpenBpfObject");
        }

        foreach (var (name, use) in new (string, Action<BpfObject>)[]
        {
            ("run", obj => obj.Programs["add"].Run()), ("describe", obj => obj.Programs["add"].ReadInfo()), ("read a global", obj => _ = obj.Globals["seed"].Value),
            ("set a global", obj => obj.Globals["seed"].Value = 1u),
        })
        {
            yield return new BadInputCase($"phase: {name} after dispose", () => AfterDispose(use), typeof(ObjectDisposedException), "", "");
        }
    }

    private static IEnumerable<BadInputCase> Runs() =>
    [
        Run("a program that was not loaded", "tracepoint/sched/sched_switch", typeof(InvalidOperationException), "", program => program.Run(), autoload: false, "its autoload was off"),
        Run("a tracepoint", "tracepoint/sched/sched_switch", typeof(BpfException), "run", program => program.Run(), autoload: true, "programs of type Tracepoint cannot be run by hand"),
        Run("a perf event", "perf_event", typeof(BpfException), "run", program => program.Run(), autoload: true, "programs of type PerfEvent cannot be run by hand"),
        Run("a kprobe", "kprobe/do_nanosleep", typeof(BpfException), "run", program => program.Run(), autoload: true, "programs of type Kprobe cannot be run by hand"),
        Run("XDP without a packet", "xdp", typeof(BpfException), "run", program => program.Run(), autoload: true, "packet"),
        Run("XDP with a tiny packet", "xdp", typeof(BpfException), "run", program => program.Run(new ProgramInput { Data = new byte[3] }), autoload: true, "at least 14 bytes"),
        Run("a raw tracepoint with a packet", "raw_tp/sched_switch", typeof(BpfException), "run", program => program.Run(new ProgramInput { Data = new byte[60] }), autoload: true, "not what this type wants"),
        Run("no times", "xdp", typeof(ArgumentOutOfRangeException), "", program => program.Run(new ProgramInput { Repeat = 0 }), autoload: true, "Repeat"),
    ];

    private static BadInputCase Run(string name, string section, Type exception, string operation, Action<BpfProgram> run, bool autoload, params string[] words) => new(
        $"run: {name}",
        () =>
        {
            using var open = TestObjects.Open($"SEC(\"{section}\") int p(void *ctx) {{ return 0; }}");
            open.Programs["p"].Autoload = autoload;
            using var obj = open.Load();
            run(obj.Programs["p"]);
        },
        exception,
        operation,
        operation.Length == 0 ? "" : "program 'p'",
        words);

    private static BadInputCase Open(string name, Action<OpenBpfObject> use, params string[] words) => new($"value: {name}", () => WhenOpen(use), typeof(ArgumentException), "", "", words);

    private static BadInputCase Open(string name, Func<OpenBpfObject, object> use, params string[] words) => Open(name, open => { _ = use(open); }, words);

    private static BadInputCase Load(string name, Action<BpfObject> use, params string[] words) => Load(name, use, typeof(ArgumentException), words);

    private static BadInputCase Load(string name, Action<BpfObject> use, Type exception, params string[] words) => new($"value: {name}", () => WhenLoaded(use), exception, "", "", words);

    private static void WhenOpen(Action<OpenBpfObject> use)
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        use(open);
    }

    private static void WhenLoaded(Action<BpfObject> use)
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        using var obj = open.Load();
        use(obj);
    }

    private static void AfterLoad(Action<OpenBpfObject> use)
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        open.Load().Dispose();
        use(open);
    }

    private static void AfterDispose(Action<BpfObject> use)
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        var obj = open.Load();
        obj.DisposeAsync().AsTask().GetAwaiter().GetResult();
        use(obj);
    }
}

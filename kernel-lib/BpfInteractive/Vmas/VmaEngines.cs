namespace BpfInteractive;

/// <summary>One engine as this machine has it.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="Name">Its name on the command line and in docs/engines.md.</param>
/// <param name="Since">The kernels that have it.</param>
/// <param name="WhyUnavailable">Why it cannot be used here; null if it can.</param>
/// <param name="Unknown">What it cannot know, each as a sentence.</param>
public sealed record VmaEngineReport(VmaEngine Engine, string Name, string Since, string? WhyUnavailable, IReadOnlyList<string> Unknown)
{
    /// <summary>Whether it can be used here.</summary>
    public bool IsAvailable => WhyUnavailable is null;

    /// <summary>"open-coded (Linux 6.7 and later): available".</summary>
    public override string ToString() => $"{Name} ({Since}): {(IsAvailable ? "available" : WhyUnavailable)}";
}

/// <summary>The engines: their names, what they cannot know, and which of them this machine has.</summary>
public static class VmaEngines
{
    private const string NoBuildIds = "build ids";
    private const string NoFileFacts = "generations, and the file below an overlay's";
    private const string NoHostPid = "the pid in the first pid namespace";
    private const string OneMomentEach = "all at one moment: each VMA is looked up on its own";

    private static readonly Facts[] s_facts =
    [
        new(VmaEngine.OpenCoded, "open-coded", "Linux 6.7 and later", [NoBuildIds]),
        new(VmaEngine.Callback, "callback", "Linux 6.7 and later", [NoBuildIds]),
        new(VmaEngine.FindVmaNext, "find-vma-next", "Linux 6.7 and later", [NoBuildIds, OneMomentEach]),
        new(VmaEngine.TaskVmaIterator, "task-vma-iter", "Linux 5.12 and later", [NoBuildIds, "all at one moment: the lock is let go after each 32 KB"]),
        new(VmaEngine.ProcmapQuery, "procmap-query", "Linux 6.11 and later",
            [NoFileFacts, NoHostPid, "paths of 4,096 bytes and more", "for certain whether \" (deleted)\" is part of a name", OneMomentEach]),
        new(VmaEngine.ProcMaps, "proc-maps", "every kernel",
            [NoBuildIds, NoFileFacts, NoHostPid, "for certain whether \" (deleted)\" or \\012 is part of a name", "all at one moment: the lock is let go after each 4 KB"]),
        new(VmaEngine.FindVma, "find-vma", "Linux 5.17 and later", [NoBuildIds, "any VMA but the one at the address asked for"]),
        new(VmaEngine.LinkedList, "linked-list", "before Linux 6.1", [NoBuildIds, "whether the list changed while it was followed: no lock is held"]),
    ];

    /// <summary>Every engine with what this machine says of it. The first call probes, which takes some ten milliseconds an engine.</summary>
    public static IReadOnlyList<VmaEngineReport> Report() =>
        [.. s_facts.Select(facts => new VmaEngineReport(facts.Engine, facts.Name, facts.Since, Vmas.EngineOf(facts.Engine).WhyUnavailable(), facts.Unknown))];

    /// <summary>
    /// A process by every engine, one row each: <c>process</c>, <c>engine</c>, <c>rows</c>, <c>agrees</c> (whether its text is that of most engines), <c>time_ns</c> (from the call to filled
    /// columns) and <c>kernel_ns</c> of the fastest of four takings, <c>moments</c> (one or many) and <c>cannot_know</c>: what it cannot know or, where it gave nothing, why.
    /// </summary>
    /// <exception cref="BpfException">No engine gives anything: there is no such process (ESRCH), or the caller may not read it.</exception>
    public static Columns Compare(int pid, VmaOptions? options = null) => EngineComparison.Of(pid, options ?? VmaOptions.Default);

    /// <summary>The engines that walk a whole address space and can be used here.</summary>
    public static IReadOnlyList<VmaEngine> Available =>
        [.. Report().Where(report => report.IsAvailable && report.Engine != VmaEngine.FindVma).Select(report => report.Engine)];

    /// <summary>An engine's name: <c>open-coded</c>.</summary>
    public static string NameOf(VmaEngine engine) => engine == VmaEngine.Auto ? "auto" : FactsOf(engine).Name;

    /// <summary>The engine of a name.</summary>
    public static bool TryParse(string name, out VmaEngine engine)
    {
        engine = VmaEngine.Auto;
        var facts = Array.Find(s_facts, facts => facts.Name == name);
        engine = facts?.Engine ?? VmaEngine.Auto;
        return facts is not null || name == "auto";
    }

    /// <summary>The engine of a name.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those there are.</exception>
#pragma warning disable CA2208 // the message is for a person at a command line, who knows no parameter
    public static VmaEngine Parse(string name) => TryParse(name, out var engine)
        ? engine
        : throw new ArgumentException($"there is no engine '{name}'; there are auto, {string.Join(", ", s_facts.Select(facts => facts.Name))}");
#pragma warning restore CA2208

    internal static IReadOnlyList<string> UnknownOf(VmaEngine engine) => FactsOf(engine).Unknown;

    private static Facts FactsOf(VmaEngine engine) => Array.Find(s_facts, facts => facts.Engine == engine)
        ?? throw new ArgumentOutOfRangeException(nameof(engine), engine, "no such engine");

    private sealed record Facts(VmaEngine Engine, string Name, string Since, string[] Unknown);
}

using System.Globalization;

namespace BpfInteractive.Exited;

/// <summary>What one run of the harness does.</summary>
public sealed record HarnessOptions
{
    /// <summary>How many times each profiler sees the swarm; the profilers take turns.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>Processes of a swarm.</summary>
    public int Processes { get; init; } = 500;

    /// <summary>Processes at a time.</summary>
    public int AtOnce { get; init; } = 6;

    /// <summary>The first swarm's seed.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Samples a second and CPU.</summary>
    public int Frequency { get; init; } = 499;

    /// <summary>The kinds; empty for all.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>The profilers, by the names that <see cref="Profilers"/> knows.</summary>
    public IReadOnlyList<string> Captures { get; init; } = ["bpfi", "perf", "late"];

    /// <summary>For how long to soak, in seconds; 0 for judging names.</summary>
    public int SoakSeconds { get; init; }

    /// <summary>How the first profiler's leaves are broken, to see the judge notice; null for not at all.</summary>
    public string? Breakage { get; init; }

    /// <summary>The text for a wrong command line.</summary>
    public const string Usage = """
        usage: scripts/test exited [OPTION]...

        Runs many processes of 5 to 50 ms that are hard to name once they are gone, under each profiler in turn, and holds what the
        profilers name against what the processes themselves logged. The exit status is 0 when the first profiler passes.

          --repeat N         rounds (1)
          --processes N      processes a round (500)
          --at-once N        of them at a time (6)
          --kinds A,B        the kinds; usual (without this option) and odd stand for the lists in tests/targets/exited/swarm.c
          --captures A,B     the profilers: bpfi, perf, late (/proc/PID/maps read 10 ms late)
          --frequency HZ     samples a second and CPU (499)
          --seed N           of the first round's swarm (1)
          --soak SECONDS     instead of all this: the project's sampler while 200 processes a second are started; what it takes and loses
          --break WHAT       breaks the first profiler's leaves on purpose: names, files, offsets, mappings or symbols
        """;

    /// <summary>Reads a command line; throws <see cref="ArgumentException"/>.</summary>
    public static HarnessOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new HarnessOptions();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : throw new ArgumentException($"{arguments[i]} wants a value");
            options = arguments[i] switch
            {
                "--repeat" => options with { Repeat = Number(value) },
                "--processes" => options with { Processes = Number(value) },
                "--at-once" => options with { AtOnce = Number(value) },
                "--seed" => options with { Seed = Number(value) },
                "--frequency" => options with { Frequency = Number(value) },
                "--kinds" => options with { Kinds = value.Split(',') },
                "--captures" => options with { Captures = value.Split(',') },
                "--soak" => options with { SoakSeconds = Number(value) },
                "--break" => options with { Breakage = value },
                _ => throw new ArgumentException($"{arguments[i]} is no option"),
            };
        }

        return options;

        int Number(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : throw new ArgumentException($"'{text}' is no number above 0");
    }
}

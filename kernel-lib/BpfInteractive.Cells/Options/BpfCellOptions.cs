using System.Globalization;

namespace BpfInteractive.Cells;

/// <summary>What a BPF cell shows beside what was loaded.</summary>
public enum BpfCellShow
{
    /// <summary>What was loaded, no more.</summary>
    Nothing,

    /// <summary>The BPF instructions under the source lines they come from.</summary>
    Instructions,

    /// <summary>What the verifier wrote for each program.</summary>
    Log,

    /// <summary>The C of each program, and beside each line the instructions that it became.</summary>
    Source,
}

/// <summary>The options of a BPF cell: <c>#!bpf --name opens --var min_us=100 --keep-maps</c>.</summary>
public sealed record BpfCellOptions
{
    /// <summary>The options, in one line each, for help and completion.</summary>
    public static IReadOnlyList<(string Option, string Description)> Known { get; } =
    [
        ("--name", "NAME: the C# variable that stands for the loaded object"),
        ("--no-attach", "compile and load, attach nothing"),
        ("--var", "NAME=VALUE: sets a global variable before the load; may be repeated"),
        ("--pid", "PID: sets the program's global target_pid"),
        ("--keep-maps", "goes on with the maps of the cell's last run where their layout is the same"),
        ("--show", "insns, c or log: instructions under their source lines, the C with its instructions beside it, or the verifier's log"),
        ("--list", "what BPF cells have loaded, and nothing else"),
    ];

    /// <summary>The values that an option takes, where there is a list of them.</summary>
    public static IReadOnlyList<string> ValuesOf(string option) => option == "--show" ? ["insns", "c", "log"] : [];

    /// <summary>The C# variable; null when nothing is to be loaded (<see cref="List"/>).</summary>
    public string? Name { get; init; }

    /// <summary>Whether each program is attached by its section.</summary>
    public bool Attach { get; init; } = true;

    /// <summary>Globals to be set before the load, by name, as written.</summary>
    public IReadOnlyList<(string Name, string Value)> Variables { get; init; } = [];

    /// <summary>The process that the program is told to look at, or null.</summary>
    public int? Pid { get; init; }

    /// <summary>Whether the maps of the last run are used again where their layout is the same.</summary>
    public bool KeepMaps { get; init; }

    /// <summary>What is shown beside.</summary>
    public BpfCellShow Show { get; init; }

    /// <summary>Only list what is loaded.</summary>
    public bool List { get; init; }

    /// <summary>Reads the options of a cell's line.</summary>
    /// <param name="arguments">What stands behind <c>#!bpf</c>, split as a shell does; <c>--name=x</c> is <c>--name x</c>.</param>
    /// <returns>The options.</returns>
    /// <exception cref="BpfCellOptionException">One is unknown, lacks its value, or does not fit the others; the message says which and what to write.</exception>
    public static BpfCellOptions Parse(IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var options = new BpfCellOptions();
        var left = new Queue<string>(arguments.SelectMany(SplitAtEquals));
        while (left.TryDequeue(out var option))
        {
            options = options.With(option, left);
        }

        return options.Name is not null || options.List
            ? options
            : throw new BpfCellOptionException("a BPF cell needs a name for its C# variable: #!bpf --name opens");
    }

    private BpfCellOptions With(string option, Queue<string> left) => option switch
    {
        "--name" => this with { Name = NameFrom(ValueOf(option, left, "opens")) },
        "--no-attach" => this with { Attach = false },
        "--var" => this with { Variables = [.. Variables, VariableFrom(ValueOf(option, left, "min_us=100"))] },
        "--pid" => this with { Pid = PidFrom(ValueOf(option, left, "1234")) },
        "--keep-maps" => this with { KeepMaps = true },
        "--show" => this with { Show = ShowFrom(ValueOf(option, left, "insns")) },
        "--list" => this with { List = true },
        _ => throw Unknown(option),
    };

    /// <summary>"--name=x" in two; "min_us=100" is left alone.</summary>
    private static IEnumerable<string> SplitAtEquals(string argument)
    {
        var at = argument.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && argument.StartsWith("--", StringComparison.Ordinal) ? [argument[..at], argument[(at + 1)..]] : [argument];
    }

    private static string ValueOf(string option, Queue<string> left, string example) =>
        left.TryDequeue(out var value) && !value.StartsWith("--", StringComparison.Ordinal)
            ? value
            : throw new BpfCellOptionException($"{option} needs a value, as in: #!bpf {option} {example}");

    private static string NameFrom(string name) => CSharpNames.IsIdentifier(name)
        ? name
        : throw new BpfCellOptionException($"--name {name}: a C# variable cannot be called '{name}'; take letters, digits and _, and no keyword");

    private static (string Name, string Value) VariableFrom(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0
            ? (text[..at], text[(at + 1)..])
            : throw new BpfCellOptionException($"--var {text}: give the global and its value, as in --var {(text.Length > 0 ? text : "min_us")}=100");
    }

    private static int PidFrom(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid > 0
            ? pid
            : throw new BpfCellOptionException($"--pid {text}: a process id is a positive number");

    private static BpfCellShow ShowFrom(string text) => text switch
    {
        "insns" => BpfCellShow.Instructions,
        "log" => BpfCellShow.Log,
        "c" => BpfCellShow.Source,
        _ => throw new BpfCellOptionException($"--show {text}: there is insns (instructions under their source lines), c (the C with its instructions beside it) and log (what the verifier wrote)"),
    };

    private static BpfCellOptionException Unknown(string option)
    {
        var names = Known.Select(static known => known.Option).ToList();
        return new BpfCellOptionException($"#!bpf has no option '{option}'; "
            + (NearestName.Of(option, names) is { } nearest ? $"did you mean {nearest}?" : $"there are {string.Join(", ", names)}"));
    }
}

/// <summary>The line of a BPF cell cannot be obeyed.</summary>
public sealed class BpfCellOptionException : ArgumentException
{
    internal BpfCellOptionException(string message)
        : base(message)
    {
    }
}

namespace BpfInteractive.Cli.Tracing;

/// <summary>What <c>bpfi trace</c> was asked for.</summary>
internal sealed record TraceRequest
{
    internal required string File { get; init; }

    /// <summary>Null: until it is interrupted.</summary>
    internal TimeSpan? Duration { get; init; }

    internal string Format { get; init; } = "table";

    internal IReadOnlyList<string> IncludeDirectories { get; init; } = [];

    internal IReadOnlyList<string> Defines { get; init; } = [];

    /// <summary>NAME=VALUE, for globals.</summary>
    internal IReadOnlyList<string> Variables { get; init; } = [];

    internal int? Pid { get; init; }

    /// <summary>Whether bpfi's own events are shown as well.</summary>
    internal bool IncludeSelf { get; init; }
}

namespace BpfInteractive;

/// <summary>What one probe found: one thing that this machine has or lacks, and, if it lacks it, why and what to do.</summary>
/// <remarks>
/// A state is found by trying, never from a version number. It prints as <c>fentry: no (the kernel refuses ...)</c> or
/// <c>libbpf: yes (1.1)</c>.
/// </remarks>
public sealed record FeatureState
{
    /// <summary>The feature's name: for a program kind its SEC() prefix, for a kernel function, a map type or a capability its own name.</summary>
    public required string Name { get; init; }

    /// <summary>The group in which <c>bpfi doctor</c> shows it.</summary>
    public required FeatureCategory Category { get; init; }

    /// <summary>What it is for, in a few words.</summary>
    public required string Purpose { get; init; }

    /// <summary>Whether it can be used, by this process, now.</summary>
    public required bool Available { get; init; }

    /// <summary>Whether the project's main uses want it; an optional one that is missing is no gap.</summary>
    public bool Optional { get; init; }

    /// <summary>What was found beyond yes: a version, a path, a setting's value. Null where yes says it all.</summary>
    public string? Value { get; init; }

    /// <summary>Why it cannot be used: what the probe saw. Null when it is available.</summary>
    public string? Reason { get; init; }

    /// <summary>What to do about it, or null where nothing can be done or the cause is not known.</summary>
    public string? Remedy { get; init; }

    /// <summary>The kernel or library version that brought it, for example "Linux 6.7"; null where it has always been there.</summary>
    public string? Since { get; init; }

    /// <summary>The positive errno of the probe's refused call, or 0.</summary>
    public int Errno { get; init; }

    /// <summary>The exception to throw when somebody asks for this missing feature.</summary>
    public UnsupportedFeatureException ToException() => new(Name, Reason ?? "it is not available", Remedy, Since, Errno);

    /// <inheritdoc/>
    public override string ToString() => (Available, Value, Reason) switch
    {
        (true, null, _) => $"{Name}: yes",
        (true, _, _) => $"{Name}: yes ({Value})",
        (false, _, null) => $"{Name}: no",
        _ => $"{Name}: no ({Reason})",
    };
}

namespace BpfInteractive.Exited.Captures;

/// <summary>One user-mode sample's leaf, as a profiler reports it.</summary>
/// <param name="Address">The address; null when the profiler has kept the place in a file instead.</param>
public sealed record Leaf(ulong TimeNs, int Pid, int Tid, ulong? Address)
{
    /// <summary>The function's name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The path of the mapped file as the profiler knows it, or null.</summary>
    public string? Path { get; init; }

    /// <summary>The offset in that file, or null when the profiler does not say.</summary>
    public ulong? FileOffset { get; init; }

    /// <summary>The file's build id in hex, or null when the profiler does not say.</summary>
    public string? BuildId { get; init; }

    /// <summary>Whether the address lies in a mapping that the profiler knows.</summary>
    public bool IsMapped { get; init; }

    /// <summary>Whether the profiler says that it was refused (or gave up) looking at the process's memory.</summary>
    public bool IsRefused { get; init; }

    /// <summary>Whether the profiler held the mapped file open while it was there.</summary>
    public bool IsPinned { get; init; }

    /// <summary>Why there is no name.</summary>
    public string? Reason { get; init; }
}

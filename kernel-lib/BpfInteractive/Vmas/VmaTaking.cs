namespace BpfInteractive;

/// <summary>The facts of how a snapshot was taken.</summary>
public sealed record VmaTaking
{
    /// <summary>The engine; never <see cref="VmaEngine.Auto"/>.</summary>
    public required VmaEngine Engine { get; init; }

    /// <summary>
    /// Time in the kernel: measured by the program itself where one walks, else around the system calls that do.
    /// </summary>
    public required TimeSpan KernelTime { get; init; }

    /// <summary>From the call to filled columns.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>VMAs that the engine looked at, those that a filter left out included.</summary>
    public required int Seen { get; init; }

    /// <summary>How often the kernel refused for a moment (EBUSY, a lock held by another) and was asked again.</summary>
    public int Refusals { get; init; }

    /// <summary>
    /// True if nothing could change while it was taken. Otherwise rows come from several moments: each row was true at one, all of them
    /// together perhaps at none, and what was mapped behind the reader's back is missing.
    /// </summary>
    public required bool OneMoment { get; init; }

    /// <summary>Calls into the kernel that the rows came from.</summary>
    public int Batches { get; init; } = 1;

    /// <summary>What this engine cannot know, each as a sentence.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }

    /// <summary>What a person should know of this very snapshot; mostly nothing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

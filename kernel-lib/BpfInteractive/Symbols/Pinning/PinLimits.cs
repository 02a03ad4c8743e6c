namespace BpfInteractive;

/// <summary>How much <see cref="PinnedFiles"/> may hold.</summary>
internal sealed record PinLimits
{
    /// <summary>Open files; never more than half of what the process may have open at all.</summary>
    internal int Files { get; init; } = 4096;

    /// <summary>Bytes of one JIT map; what is longer is cut at a line, and counted.</summary>
    internal int JitMapBytes { get; init; } = 64 << 20;

    /// <summary>Bytes of all JIT maps together.</summary>
    internal long AllJitMapsBytes { get; init; } = 256L << 20;
}

/// <summary>What became of a wish to pin a file.</summary>
internal enum PinState : byte
{
    /// <summary>It is held open.</summary>
    Pinned,

    /// <summary>As many files as may be are open: it will be looked for at its path when names are wanted.</summary>
    LimitReached,

    /// <summary>It could not be opened, or is not the one that was mapped: the reason says which.</summary>
    Failed,
}

/// <summary>What became of a wish to pin a file, and what was learned about it.</summary>
/// <param name="State">Whether it is held.</param>
/// <param name="Reason">Why it is not; <see cref="FrameReason.None"/> when it is.</param>
/// <param name="Facts">What the open file is; null when none was opened.</param>
internal readonly record struct PinResult(PinState State, FrameReason Reason, FileFacts? Facts)
{
    internal bool IsPinned => State == PinState.Pinned;
}

/// <summary>The counts that go with a capture.</summary>
/// <param name="Wanted">Different files that were asked for.</param>
/// <param name="Pinned">Those held open.</param>
/// <param name="LimitReached">Those for which there was no room.</param>
/// <param name="Gone">Those that were nowhere any more.</param>
/// <param name="Differs">Those in whose place another file was found.</param>
/// <param name="OtherFailures">Those not readable, damaged, or not comparable.</param>
internal readonly record struct PinCounts(int Wanted, int Pinned, int LimitReached, int Gone, int Differs, int OtherFailures)
{
    /// <summary>Pinned by wanted; 1 when none was wanted.</summary>
    internal double SharePinned => Wanted == 0 ? 1 : (double)Pinned / Wanted;
}

namespace BpfInteractive;

/// <summary>What a place in a file of code is called.</summary>
/// <param name="Function">The function, as in its source (demangled); null where there is none.</param>
/// <param name="OffsetInFunction">How many bytes behind its start; 0 without a function.</param>
/// <param name="Reason"><see cref="FrameReason.None"/> with a name; else why there is none.</param>
public readonly record struct FrameName(string? Function, ulong OffsetInFunction, FrameReason Reason)
{
    /// <summary>
    /// The source lines of the place, where <see cref="SymbolizerOptions.Lines"/> asked for them: what was inlined, innermost first, and last the function that holds the code. Null
    /// where there are none.
    /// </summary>
    public IReadOnlyList<SourceLine>? Lines { get; init; }

    /// <summary>Why there are no lines, where they were asked for, or, with lines, why nothing is known of inlined functions; else <see cref="FrameReason.None"/>.</summary>
    public FrameReason WhyNoLines { get; init; }

    /// <summary>A frame without a name.</summary>
    public static FrameName Unnamed(FrameReason reason) => new(null, 0, reason);

    /// <summary>Whether there is a name.</summary>
    public bool IsNamed => Reason == FrameReason.None;

    /// <summary>"malloc+0x1a", or the reason in brackets: "[no symbols]".</summary>
    public override string ToString() => Function is null
        ? $"[{FrameReasons.TextOf(Reason)}]"
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Function}+0x{OffsetInFunction:x}");
}

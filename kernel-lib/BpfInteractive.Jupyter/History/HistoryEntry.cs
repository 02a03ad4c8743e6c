namespace BpfInteractive.Jupyter;

/// <summary>A cell that was run.</summary>
/// <param name="Session">The number of the kernel's run.</param>
/// <param name="Line">The cell's number in it.</param>
/// <param name="Input">Its text.</param>
/// <param name="Output">Its result as plain text; null when it had none.</param>
internal sealed record HistoryEntry(int Session, int Line, string Input, string? Output);

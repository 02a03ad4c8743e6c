namespace BpfInteractive;

/// <summary>A file of symbols is not what it claims to be. It never leaves the room: its message becomes a frame's reason.</summary>
internal sealed class SymbolFileException(string message, FrameReason reason = FrameReason.Unreadable) : Exception(message)
{
    internal FrameReason Reason { get; } = reason;
}

namespace BpfInteractive;

/// <summary>A file of symbols is not what it claims to be. It never leaves the room: its message becomes a frame's reason.</summary>
internal sealed class SymbolFileException(string message) : Exception(message);

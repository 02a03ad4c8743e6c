namespace BpfInteractive;

/// <summary>A section header of an ELF file, its name read.</summary>
internal readonly record struct ObjectSection(
    int Index, string Name, uint Type, ulong Flags, int Offset, int Size, uint Link, uint Info, uint EntrySize)
{
    internal const uint ProgBits = 1;
    internal const uint SymbolTable = 2;
    internal const uint StringTable = 3;
    internal const uint NoBits = 8;
    internal const uint Relocations = 9;

    private const ulong FlagAllocated = 2;
    private const ulong FlagExecutable = 4;

    /// <summary>Whether it holds instructions.</summary>
    internal bool IsCode => Type == ProgBits && (Flags & FlagExecutable) != 0 && Size > 0;

    /// <summary>Whether libbpf makes a map of it: .data, .rodata, .bss and their kin.</summary>
    internal bool IsData => (Flags & FlagAllocated) != 0 && (HasPrefix(".data") || HasPrefix(".rodata") || HasPrefix(".bss"));

    private bool HasPrefix(string prefix) =>
        Name.StartsWith(prefix, StringComparison.Ordinal) && (Name.Length == prefix.Length || Name[prefix.Length] == '.');
}

/// <summary>A symbol of an ELF file.</summary>
internal readonly record struct ObjectSymbol(string Name, byte Kind, byte Binding, int Section, ulong Value, ulong Size)
{
    internal const byte KindFunction = 2;
    internal const int FirstReservedSection = 0xff00;

    /// <summary>Whether it stands in a section of the file: neither undefined nor absolute.</summary>
    internal bool HasSection => Section is > 0 and < FirstReservedSection;
}

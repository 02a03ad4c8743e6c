using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// Names the stubs of the procedure linkage table: <c>foo@plt</c>. A stub jumps through a slot that a relocation fills; so each stub's
/// <c>jmp *slot(%rip)</c> is read and its slot looked up, which holds for .plt, .plt.sec (with IBT) and .plt.got alike.
/// </summary>
/// <remarks>x86-64 (System V ABI, "Procedure Linkage Table"); other machines give an empty table.</remarks>
internal static class PltReader
{
    private const ushort MachineX64 = 62;
    private const int RelocationLength = 24;
    private const int SymbolLength = 24;
    private const int LongestStub = 16;

    /// <summary>Of more stubs than these the tables of symbols and names are read whole, of fewer what is needed of them.</summary>
    private const int Few = 64;

    /// <summary>R_X86_64_GLOB_DAT and R_X86_64_JUMP_SLOT.</summary>
    private const uint KindGlobalData = 6;
    private const uint KindJumpSlot = 7;

    /// <summary>jmp *disp32(%rip); the four bytes of the displacement follow.</summary>
    private static ReadOnlySpan<byte> JumpThroughSlot => [0xff, 0x25];

    /// <summary>Whether a section holds stubs, or in a debug file says where they are.</summary>
    internal static bool HasStubs(ElfFile.Section section) => section.Name is ".plt" or ".plt.sec" or ".plt.got";

    /// <summary>Reads the stubs.</summary>
    /// <param name="file">The file.</param>
    /// <param name="wanted">The only addresses that will be looked up, ascending; null for all. Where none lies among stubs, nothing is read.</param>
    /// <exception cref="SymbolFileException">A table is damaged.</exception>
    internal static SymbolTable Read(ElfFile file, ulong[]? wanted = null)
    {
        if (file.Machine != MachineX64 || StubsOf(file, wanted) is not { Count: > 0 } stubs || file.Find(".dynsym") is not { EntrySize: SymbolLength } symbols)
        {
            return SymbolTable.Empty;
        }

        // The number of the symbol that a slot is filled with; 0 is none.
        var slots = new Dictionary<ulong, uint>(stubs.Count);
        stubs.ForEach(stub => slots[stub.Slot] = 0);
        FindSymbols(file, ".rela.plt", slots);
        if (slots.ContainsValue(0))
        {
            FindSymbols(file, ".rela.dyn", slots);
        }

        var builder = new SymbolTableBuilder(stubs.Count);
        var names = new ArrayBufferWriter<byte>();
        using var table = new SymbolNames(file, symbols, isWhole: stubs.Count > Few);
        foreach (var stub in stubs)
        {
            var at = names.WrittenCount;
            if (slots[stub.Slot] is > 0 and var symbol && table.TryWrite(names, symbol))
            {
                builder.Add(stub.Start, new SymbolTableBuilder.Candidate(stub.Length, stub.Start + stub.Length, at, SymbolRank.Global));
            }
        }

        return builder.Build(names.WrittenMemory);
    }

    /// <summary>A stub, and the slot whose contents it jumps to.</summary>
    private readonly record struct Stub(ulong Start, ulong Length, ulong Slot);

    private static List<Stub> StubsOf(ElfFile file, ulong[]? wanted)
    {
        var stubs = new List<Stub>();
        foreach (var section in file.Sections)
        {
            if (!HasStubs(section) || section.EntrySize is not (8 or LongestStub) || section.Kind == ElfFile.Section.NoBits)
            {
                continue;
            }

            if (wanted is null)
            {
                AddAll(stubs, file, section);
            }
            else
            {
                AddWanted(stubs, file, section, wanted);
            }
        }

        return stubs;
    }

    private static void AddAll(List<Stub> stubs, ElfFile file, ElfFile.Section section)
    {
        using var code = file.Rent(section);
        var length = (int)section.EntrySize;
        for (var at = 0; at + length <= code.Span.Length; at += length)
        {
            Add(stubs, section.Address + (ulong)at, code.Span.Slice(at, length));
        }
    }

    private static void AddWanted(List<Stub> stubs, ElfFile file, ElfFile.Section section, ulong[] wanted)
    {
        file.Check(section);
        Span<byte> code = stackalloc byte[LongestStub];
        code = code[..(int)section.EntrySize];
        var last = ulong.MaxValue;
        foreach (var address in wanted)
        {
            var within = address - section.Address;
            var at = within - (within % section.EntrySize);
            if (within < section.Size && section.Size - at >= section.EntrySize && at != last)
            {
                last = at;
                file.Fill(code, section.Offset + at, section.Name);
                Add(stubs, section.Address + at, code);
            }
        }
    }

    private static void Add(List<Stub> stubs, ulong start, ReadOnlySpan<byte> code)
    {
        var jump = code.IndexOf(JumpThroughSlot);
        if (jump >= 0 && jump + 6 <= code.Length)
        {
            stubs.Add(new Stub(start, (ulong)code.Length, unchecked(start + (ulong)jump + 6 + (ulong)(long)BinaryPrimitives.ReadInt32LittleEndian(code[(jump + 2)..]))));
        }
    }

    private static void FindSymbols(ElfFile file, string name, Dictionary<ulong, uint> slots)
    {
        if (file.Find(name) is not { EntrySize: RelocationLength } section)
        {
            return;
        }

        using var table = file.Rent(section);
        for (ReadOnlySpan<byte> entries = table.Span; entries.Length >= RelocationLength; entries = entries[RelocationLength..])
        {
            // A vtable's thousands of pointers to functions (R_X86_64_64) are no slots.
            if (BinaryPrimitives.ReadUInt32LittleEndian(entries[8..]) is KindGlobalData or KindJumpSlot)
            {
                ref var symbol = ref CollectionsMarshal.GetValueRefOrNullRef(slots, BinaryPrimitives.ReadUInt64LittleEndian(entries));
                if (!Unsafe.IsNullRef(ref symbol))
                {
                    symbol = BinaryPrimitives.ReadUInt32LittleEndian(entries[12..]);
                }
            }
        }
    }

    /// <summary>The names of dynamic symbols by their numbers.</summary>
    private readonly ref struct SymbolNames
    {
        private readonly ElfFile _file;
        private readonly ElfFile.Section _symbols;
        private readonly ElfFile.Section _strings;
        private readonly bool _isWhole;
        private readonly RentedBytes _symbolBytes;
        private readonly RentedBytes _stringBytes;

        internal SymbolNames(ElfFile file, ElfFile.Section symbols, bool isWhole)
        {
            (_file, _symbols, _strings, _isWhole) = (file, symbols, file.LinkOf(symbols), isWhole);
            file.Check(_symbols);
            file.Check(_strings);
            if (isWhole)
            {
                _symbolBytes = file.Rent(_symbols);
                _stringBytes = file.Rent(_strings);
            }
        }

        public void Dispose()
        {
            _symbolBytes.Dispose();
            _stringBytes.Dispose();
        }

        /// <summary>Writes a symbol's name with "@plt" and a zero behind it; false where it has none.</summary>
        internal bool TryWrite(ArrayBufferWriter<byte> names, uint symbol)
        {
            var at = (ulong)symbol * SymbolLength;
            if (_symbols.Kind == ElfFile.Section.NoBits || _strings.Kind == ElfFile.Section.NoBits || at + SymbolLength > _symbols.Size)
            {
                return false;
            }

            Span<byte> text = stackalloc byte[sizeof(uint)];
            if (_isWhole)
            {
                _symbolBytes.Span.Slice((int)at, text.Length).CopyTo(text);
            }
            else
            {
                _file.Fill(text, _symbols.Offset + at, _symbols.Name);
            }

            var name = BinaryPrimitives.ReadUInt32LittleEndian(text);
            return name > 0 && name < _strings.Size
                && (_isWhole ? Write(names, _stringBytes.Span[(int)name..]) : WantedSymbolReader.TryAddName(names, _file, _strings, name, "@plt"u8));
        }

        private static bool Write(ArrayBufferWriter<byte> names, ReadOnlySpan<byte> zeroTerminated)
        {
            var end = zeroTerminated.IndexOf((byte)0);
            names.Write(end < 0 ? zeroTerminated : zeroTerminated[..end]);
            names.Write("@plt\0"u8);
            return true;
        }
    }
}

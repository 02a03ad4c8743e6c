using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>
/// What must hold before libbpf may see a file. Each check stands for memory that libbpf 1.1 or libelf would touch without looking; the
/// fuzz tests flip bits to find the missing ones.
/// </summary>
internal static class ObjectChecks
{
    private const int HeaderLength = 64;
    private const int SectionHeaderLength = 64;
    private const int InstructionLength = 8;
    private const int RelocationLength = 16;
    private const ushort MachineNone = 0;
    private const ushort MachineBpf = 247;
    private const ushort TypeRelocatable = 1;
    private const ulong LargestSection = 1 << 30;
    private const ulong LargestAlignment = 1 << 16;

    private static ReadOnlySpan<byte> Magic => [0x7f, (byte)'E', (byte)'L', (byte)'F'];

    /// <summary>The file's header, from "is it ELF at all" to where the section table stands.</summary>
    internal static void Header(ReadOnlySpan<byte> bytes, string subject)
    {
        if (bytes.IsEmpty)
        {
            throw new ObjectFormatException(subject, "the file is empty");
        }

        if (!bytes.StartsWith(Magic))
        {
            throw new ObjectFormatException(subject, "it is not an ELF file", WhatItLooksLike(bytes));
        }

        if (bytes.Length < HeaderLength)
        {
            throw Truncated(subject, "its header", HeaderLength, bytes.Length);
        }

        Kind(bytes, subject);
        Table(bytes, subject);
    }

    /// <summary>Where one section lies.</summary>
    internal static void Extent(ObjectFile image, int index, string name, uint type, ulong offset, ulong size, ulong alignment)
    {
        if (type == 0)
        {
            return;
        }

        var inFile = type == ObjectSection.NoBits ? 0 : size;
        if (size > LargestSection || (alignment & (alignment - 1)) != 0 || alignment > LargestAlignment)
        {
            throw image.Damaged($"section {index} '{name}' has size 0x{size:x} and alignment 0x{alignment:x}");
        }

        if (offset > (ulong)image.Bytes.Length || inFile > (ulong)image.Bytes.Length - offset)
        {
            throw Truncated(image.Subject, $"section {index} '{name}'", offset + inFile, image.Bytes.Length);
        }

        // libelf reads tables of a misaligned file through pointers of their type.
        if (type != ObjectSection.NoBits && alignment > 1 && offset % Math.Min(alignment, 8) != 0)
        {
            throw image.Damaged($"section {index} '{name}' is at 0x{offset:x}, which is no multiple of its alignment {alignment}");
        }
    }

    /// <summary>What the sections hold.</summary>
    internal static void Contents(ObjectFile image)
    {
        foreach (var section in image.Sections)
        {
            Section(image, section);
        }

        foreach (var symbol in image.Symbols)
        {
            Symbol(image, symbol);
        }
    }

    /// <summary>What libbpf takes for granted of types: that functions have prototypes and sections hold variables or functions.</summary>
    internal static void Types(ObjectFile image, BtfData btf)
    {
        foreach (var type in btf.Types)
        {
            if (type.Kind == BtfKind.Function && type.Target.Kind != BtfKind.FunctionPrototype)
            {
                throw image.Damaged($"section '.BTF': function '{type.Name}' has no prototype");
            }

            foreach (var entry in type.SectionVariables)
            {
                if (entry.Variable.Kind is not (BtfKind.Variable or BtfKind.Function))
                {
                    throw image.Damaged($"section '.BTF': '{entry.Name}' in section '{type.Name}' is no variable");
                }
            }
        }
    }

    private static void Kind(ReadOnlySpan<byte> bytes, string subject)
    {
        const byte Class64 = 2, LittleEndian = 1, BigEndian = 2;
        if (bytes[5] == BigEndian)
        {
            throw new ObjectFormatException(subject, "it is a big-endian object", "this machine is little-endian: compile with -target bpf or bpfel");
        }

        if (bytes[4] != Class64 || bytes[5] != LittleEndian)
        {
            throw new ObjectFormatException(subject, "it is not a 64-bit ELF file", "compile with clang -target bpf");
        }

        var type = BinaryPrimitives.ReadUInt16LittleEndian(bytes[16..]);
        var machine = BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]);
        if (machine is not (MachineNone or MachineBpf))
        {
            throw new ObjectFormatException(subject, $"it is made for {MachineName(machine)}, not for BPF", "compile with clang -target bpf");
        }

        if (type != TypeRelocatable)
        {
            throw new ObjectFormatException(subject, $"it is of ELF type {type}, not an object file (type 1)", "compile with clang -target bpf -c");
        }
    }

    private static void Table(ReadOnlySpan<byte> bytes, string subject)
    {
        var start = BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]);
        var entrySize = BinaryPrimitives.ReadUInt16LittleEndian(bytes[58..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[60..]);
        var names = BinaryPrimitives.ReadUInt16LittleEndian(bytes[62..]);
        if (count == 0 || entrySize != SectionHeaderLength || names == 0 || names >= count || start % 8 != 0)
        {
            throw new ObjectFormatException(subject, "the file is damaged: its section table is malformed", "compile it again");
        }

        var length = (ulong)count * SectionHeaderLength;
        if (start > (ulong)bytes.Length || length > (ulong)bytes.Length - start)
        {
            throw Truncated(subject, "its section table", start + length, bytes.Length);
        }
    }

    private static void Section(ObjectFile image, ObjectSection section)
    {
        if (section.Type == ObjectSection.Relocations)
        {
            Relocations(image, section);
        }
        else if (section.IsCode && section.Size % InstructionLength != 0)
        {
            throw image.Damaged($"code section '{section.Name}' has {section.Size} bytes, which is no multiple of an instruction's 8");
        }
        else if (section.Name is ".BTF" or ".BTF.ext" or "license" or "version" && section.Type != ObjectSection.ProgBits)
        {
            throw image.Damaged($"section '{section.Name}' has type {section.Type}");
        }
        else if (section.Name is ".BTF" or ".BTF.ext" && section.Offset % 4 != 0)
        {
            throw image.Damaged($"section '{section.Name}' is at 0x{section.Offset:x}, which is no multiple of 4");
        }
        else if (section.Name == "version" && section.Size != sizeof(uint))
        {
            throw image.Damaged($"section 'version' has {section.Size} bytes, not 4");
        }
    }

    private static void Symbol(ObjectFile image, ObjectSymbol symbol)
    {
        if (!symbol.HasSection)
        {
            return;
        }

        if (symbol.Section >= image.Sections.Count)
        {
            throw image.Damaged($"symbol '{symbol.Name}' is in section {symbol.Section} of {image.Sections.Count}");
        }

        var section = image.Sections[symbol.Section];
        var size = (ulong)section.Size;
        if (symbol.Value > size || symbol.Size > size - symbol.Value)
        {
            throw image.Damaged($"symbol '{symbol.Name}' reaches beyond its section '{section.Name}'");
        }

        if (symbol.Kind == ObjectSymbol.KindFunction && section.IsCode
            && (symbol.Size == 0 || symbol.Size % InstructionLength != 0 || symbol.Value % InstructionLength != 0))
        {
            throw image.Damaged($"function '{symbol.Name}' has {symbol.Size} bytes at 0x{symbol.Value:x}, which are no whole instructions");
        }
    }

    private static void Relocations(ObjectFile image, ObjectSection section)
    {
        if (section.EntrySize != RelocationLength || section.Size % RelocationLength != 0 || section.Link != image.SymbolTable.Index
            || section.Info == 0 || section.Info >= image.Sections.Count)
        {
            throw image.Damaged($"relocation section '{section.Name}' is malformed");
        }

        var target = image.Sections[(int)section.Info];
        var table = image.Data(section).Span;
        var code = image.Data(target).Span;
        var ends = target.IsCode ? FunctionEnds(image, target) : [];
        for (var at = 0; at < table.Length; at += RelocationLength)
        {
            var offset = BinaryPrimitives.ReadUInt64LittleEndian(table[at..]);
            var symbol = BinaryPrimitives.ReadUInt32LittleEndian(table[(at + 12)..]);
            var unit = UnitAt(code, target.IsCode, offset);
            if (offset > (ulong)target.Size || (ulong)target.Size - offset < unit || (target.IsCode && offset % InstructionLength != 0)
                || (unit > InstructionLength && ends.Contains(offset + InstructionLength))
                || symbol >= image.Symbols.Count)
            {
                throw image.Damaged($"relocation {at / RelocationLength} of '{section.Name}' points to offset 0x{offset:x}, symbol {symbol}");
            }
        }
    }

    /// <summary>How many bytes of a section a relocation at an offset writes: of a 64-bit load both halves.</summary>
    private static ulong UnitAt(ReadOnlySpan<byte> code, bool isCode, ulong offset)
    {
        const byte LoadImmediate64 = 0x18;
        if (!isCode)
        {
            return sizeof(uint);
        }

        var isLoad = offset < (ulong)code.Length && code[(int)offset] == LoadImmediate64;
        return isLoad ? 2UL * InstructionLength : InstructionLength;
    }

    /// <summary>Where the functions of a section end. libbpf copies each function on its own, so nothing may reach over its end.</summary>
    private static HashSet<ulong> FunctionEnds(ObjectFile image, ObjectSection section)
    {
        var ends = new HashSet<ulong>();
        foreach (var symbol in image.Symbols)
        {
            if (symbol.Section == section.Index && symbol.Kind == ObjectSymbol.KindFunction)
            {
                ends.Add(symbol.Value + symbol.Size);
            }
        }

        return ends;
    }

    private static ObjectFormatException Truncated(string subject, string what, ulong needed, int length) =>
        new(subject, $"the file is cut short: {what} reaches to byte {needed}, the file ends at {length}", "compile or copy it again");

    private static string? WhatItLooksLike(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [(byte)'B', (byte)'C', 0xc0, 0xde, ..] => "it is LLVM bitcode: leave out -emit-llvm",
        [(byte)'!', (byte)'<', (byte)'a', (byte)'r', (byte)'c', ..] => "it is an archive: give one of its members",
        [0x9f, 0xeb, ..] => "it is raw BTF, not an object",
        [(byte)'/' or (byte)'#' or (byte)'i', (byte)'/' or (byte)'*' or (byte)'i' or (byte)'n', ..] => "it is C source: compile it first (Bpf.LoadAsync does)",
        _ => null,
    };

    private static string MachineName(ushort machine) => machine switch
    {
        3 => "x86 (machine 3)",
        62 => "x86-64 (machine 62)",
        183 => "aarch64 (machine 183)",
        243 => "RISC-V (machine 243)",
        _ => $"machine {machine}",
    };
}

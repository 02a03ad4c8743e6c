using System.Buffers.Binary;

namespace BpfInteractive.Tests.Stacks.Unwinding;

/// <summary>Code at 0x10000 that a test says all about: functions of 0x100 bytes each, with instructions of the test's own; and a stack, word by word.</summary>
internal sealed class HandmadeCode : IUnwindMappings
{
    internal const ulong Start = 0x10000;
    internal const ulong FunctionSize = 0x100;
    internal const ulong Stack = 0x7fff0000;
    private const ulong Size = 0x10000;

    private readonly List<byte> _section = [];
    private readonly UnwindArchitecture _architecture;
    private UnwindTable? _table;

    /// <param name="common">The instructions before those of each function.</param>
    /// <param name="architecture">x86-64 unless told.</param>
    /// <param name="augmentation">zR, zRS for signal frames.</param>
    /// <param name="dataUnit">What offsets are multiplied by.</param>
    internal HandmadeCode(byte[] common, UnwindArchitecture? architecture = null, string augmentation = "zR", int dataUnit = -8)
    {
        _architecture = architecture ?? UnwindArchitecture.X64;
        var column = _architecture == UnwindArchitecture.X64 ? 16 : 30;
        AddEntry([0, 0, 0, 0, 1, .. augmentation.Select(letter => (byte)letter), 0, 1, (byte)(dataUnit & 0x7f), (byte)column, 1, 0, .. common]);
    }

    internal bool IsAnonymous { get; init; }

    /// <summary>Adds the next function.</summary>
    internal HandmadeCode Function(params byte[] program)
    {
        var entry = new byte[4 + 8 + 8 + 1];
        BinaryPrimitives.WriteInt32LittleEndian(entry, _section.Count + 4);
        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(4), Start + ((ulong)Functions++ * FunctionSize));
        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(12), FunctionSize);
        AddEntry([.. entry, .. program]);
        return this;
    }

    internal int Functions { get; private set; }

    internal UnwindTable Table => _table ??= Build();

    /// <summary>Unwinds from a place with the registers given by number; the stack's words lie from <see cref="Stack"/> on.</summary>
    internal (UnwindResult Result, ulong[] Addresses) Unwind(ulong pc, ulong[] stack, params (int Register, ulong Value)[] registers)
    {
        var values = new ulong[_architecture.Registers];
        values[_architecture.StackPointer] = Stack;
        values[_architecture.ProgramCounter] = pc;
        foreach (var (register, value) in registers)
        {
            values[register] = value;
        }

        var bytes = new byte[8 * stack.Length];
        Buffer.BlockCopy(stack, 0, bytes, 0, bytes.Length);
        var frames = new UnwindFrame[64];
        var result = new StackUnwinder(_architecture).Unwind(this, values, new StackCopy(Stack, bytes), frames);
        return (result, [.. frames[..result.Frames].Select(frame => frame.Address)]);
    }

    public bool TryFind(ulong address, out UnwindMapping mapping)
    {
        mapping = new UnwindMapping(Start, 0, Table, IsAnonymous);
        return address - Start < Size;
    }

    private UnwindTable Build()
    {
        var section = new CfiSection([.. _section], new CfiPointer.Bases(0), isDebugFrame: false);
        var segment = new ElfFile.Segment(ElfFile.Segment.Load, 1, 0, Start, Size);
        return new UnwindTable([(section, CfiScannedIndex.Of(section))], AddressMap.Of([segment]), _architecture);
    }

    private void AddEntry(byte[] contents)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, contents.Length);
        _section.AddRange(length);
        _section.AddRange(contents);
    }
}

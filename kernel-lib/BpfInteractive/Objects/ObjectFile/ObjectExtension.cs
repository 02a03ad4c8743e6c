using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>One line record of a .BTF.ext section: which source line an instruction comes from.</summary>
internal readonly record struct LineRecord(string Section, int Instruction, uint FileName, uint Text, int Line, int Column);

/// <summary>One CO-RE relocation of a .BTF.ext section.</summary>
internal readonly record struct CoreRecord(string Section, int Instruction, int TypeId, uint Access, int Kind);

/// <summary>
/// A .BTF.ext section (Documentation/bpf/btf.rst): source lines and CO-RE relocations by section and instruction. Every number is checked
/// here, because libbpf follows them.
/// </summary>
internal sealed class ObjectExtension
{
    private const int ShortHeader = 24;
    private const int LongHeader = 32;
    private const int SmallestRecord = 8;
    private const int LineRecordLength = 16;
    private const int InstructionLength = 8;
    private const int CoreKinds = 13;

    private readonly ObjectFile _image;
    private readonly BtfData _btf;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly List<LineRecord> _lines = [];
    private readonly List<CoreRecord> _core = [];

    private ObjectExtension(ObjectFile image, BtfData btf, ReadOnlyMemory<byte> bytes)
    {
        _image = image;
        _btf = btf;
        _bytes = bytes;
        ReadAll();
    }

    /// <summary>The lines in the order of the file: by section, then by instruction.</summary>
    internal IReadOnlyList<LineRecord> Lines => _lines;

    internal IReadOnlyList<CoreRecord> Core => _core;

    internal static ObjectExtension Parse(ObjectFile image, BtfData btf, ReadOnlyMemory<byte> bytes) => new(image, btf, bytes);

    private void ReadAll()
    {
        var data = _bytes.Span;
        if (data.Length < ShortHeader || BinaryPrimitives.ReadUInt16LittleEndian(data) != 0xeb9f || data[2] != 1)
        {
            throw Damaged("its header is malformed");
        }

        var header = Word(4);
        if (header < ShortHeader || header > data.Length || header % 4 != 0)
        {
            throw Damaged($"its header has {header} bytes");
        }

        Part(8, header, SmallestRecord, FunctionRecord);
        Part(16, header, LineRecordLength, AddLine);
        if (header >= LongHeader)
        {
            Part(24, header, LineRecordLength, AddCore);
        }
    }

    private void Part(int at, uint header, int smallest, Action<ObjectSection, int> add)
    {
        var start = header + (ulong)Word(at);
        var length = Word(at + 4);
        if (length == 0)
        {
            return;
        }

        if (start % 4 != 0 || length < sizeof(uint) || start + length > (ulong)_bytes.Length)
        {
            throw Damaged($"a part of it reaches to byte {start + length} of {_bytes.Length}");
        }

        var end = (int)(start + length);
        var recordLength = Word((int)start);
        if (recordLength < smallest || recordLength > 4096 || recordLength % 4 != 0)
        {
            throw Damaged($"its records have {recordLength} bytes");
        }

        Blocks((int)start + sizeof(uint), end, (int)recordLength, add);
    }

    private void Blocks(int at, int end, int recordLength, Action<ObjectSection, int> add)
    {
        while (at < end)
        {
            if (end - at < 2 * sizeof(uint))
            {
                throw Damaged("it ends within a block");
            }

            var name = Name(Word(at));
            var count = Word(at + sizeof(uint));
            at += 2 * sizeof(uint);
            if (count == 0 || (long)count * recordLength > end - at)
            {
                throw Damaged($"a block of {count} records does not fit");
            }

            if (!_image.TryFind(name, out var section))
            {
                throw Damaged($"it names section '{name}', which the file does not have");
            }

            for (var i = 0; i < count; i++, at += recordLength)
            {
                CheckInstruction(section, Word(at));
                add(section, at);
            }
        }
    }

    private void CheckInstruction(ObjectSection section, uint offset)
    {
        if (offset >= section.Size || offset % InstructionLength != 0)
        {
            throw Damaged($"it points to byte {offset} of section '{section.Name}' of {section.Size} bytes");
        }
    }

    private void FunctionRecord(ObjectSection section, int at)
    {
        var id = Word(at + 4);
        if (id >= _btf.TypeCount || _btf[(int)id].Kind != BtfKind.Function)
        {
            throw Damaged($"it takes type {id} for a function");
        }
    }

    private void AddLine(ObjectSection section, int at)
    {
        var (file, text, position) = (Word(at + 4), Word(at + 8), Word(at + 12));
        CheckString(file);
        CheckString(text);
        _lines.Add(new LineRecord(section.Name, (int)Word(at) / InstructionLength, file, text, (int)(position >> 10), (int)(position & 0x3ff)));
    }

    private void AddCore(ObjectSection section, int at)
    {
        var (type, access, kind) = (Word(at + 4), Word(at + 8), Word(at + 12));
        CheckString(access);
        if (type == 0 || type >= _btf.TypeCount || kind >= CoreKinds)
        {
            throw Damaged($"a relocation of kind {kind} names type {type}");
        }

        _core.Add(new CoreRecord(section.Name, (int)Word(at) / InstructionLength, (int)type, access, (int)kind));
    }

    private string Name(uint offset)
    {
        CheckString(offset);
        return _btf.TextAt(offset);
    }

    private void CheckString(uint offset)
    {
        if (offset >= _btf.StringsLength)
        {
            throw Damaged($"a name is at 0x{offset:x} of {_btf.StringsLength} bytes of strings");
        }
    }

    private uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Span[at..]);

    private ObjectFormatException Damaged(string detail) => _image.Damaged($"section '.BTF.ext': {detail}");
}

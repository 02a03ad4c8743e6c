using System.Buffers.Binary;
using System.Text;

namespace BpfInteractive.Tests.Btf;

/// <summary>Writes small BTF by hand, well-formed or not.</summary>
internal sealed class BtfBuilder
{
    private readonly List<byte> _types = [];
    private readonly List<byte> _strings = [0];

    public int Count { get; private set; }

    public uint Text(string text)
    {
        if (text.Length == 0)
        {
            return 0;
        }

        var at = (uint)_strings.Count;
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        return at;
    }

    /// <summary>Appends a type and gives its number.</summary>
    public int Add(BtfKind kind, string name, uint sizeOrType, int count = 0, bool flag = false, params uint[] tail)
    {
        Word(Text(name));
        Word(((uint)kind << 24) | (uint)count | (flag ? 0x8000_0000 : 0));
        Word(sizeOrType);
        foreach (var word in tail)
        {
            Word(word);
        }

        return ++Count;
    }

    public int Int(string name = "int", uint size = 4, bool signed = true, bool isBool = false) =>
        Add(BtfKind.Int, name, size, 0, false, ((signed ? 1u : 0) << 24) | ((isBool ? 4u : 0) << 24) | (size * 8));

    public byte[] Build()
    {
        var bytes = new byte[24 + _types.Count + _strings.Count];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, 0xeb9f);
        bytes[2] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), 24);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), (uint)_types.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), (uint)_types.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), (uint)_strings.Count);
        _types.CopyTo(bytes, 24);
        _strings.CopyTo(bytes, 24 + _types.Count);
        return bytes;
    }

    public BtfData Parse(BtfData? baseData = null) => BtfData.Parse(Build(), baseData);

    private void Word(uint value)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(word, value);
        _types.AddRange(word);
    }
}

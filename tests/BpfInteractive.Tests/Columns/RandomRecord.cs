using System.Numerics;
using BpfInteractive.Tests.Btf;

namespace BpfInteractive.Tests.Tables;

/// <summary>A struct type made up at random, from every shape that C has, and what a plain reading of the C standard gives for its integers.</summary>
internal sealed class RandomRecord
{
    private readonly Random _random;
    private readonly BtfBuilder _btf = new();
    private readonly List<(string Path, int BitOffset, int Bits, bool Signed)> _integers = [];
    private int _names;

    internal RandomRecord(int seed)
    {
        _random = new Random(seed);
        var (id, size) = Struct("record", depth: 0, baseBits: 0, prefix: "");
        SizeBytes = size;
        Type = _btf.Parse()[id];
    }

    internal BtfType Type { get; }

    internal int SizeBytes { get; }

    /// <summary>Whether the struct ends in an array without a size.</summary>
    internal bool IsOpenEnded { get; private set; }

    internal byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        if (_random.Next(3) == 0)
        {
            bytes.AsSpan().Fill((byte)_random.Next(256));
        }

        return bytes;
    }

    /// <summary>The values of all integers and bit-fields, by a way that shares nothing with the decoder.</summary>
    internal IEnumerable<(string Column, BigInteger Value)> Integers(byte[] bytes)
    {
        var whole = new BigInteger(bytes, isUnsigned: true);
        foreach (var (path, offset, bits, signed) in _integers)
        {
            var value = (whole >> offset) & ((BigInteger.One << bits) - 1);
            yield return (path, signed && !(value >> (bits - 1)).IsZero ? value - (BigInteger.One << bits) : value);
        }
    }

    private (int Id, int SizeBytes) Struct(string name, int depth, int baseBits, string prefix)
    {
        var members = new List<uint>();
        var bits = 0;
        var count = _random.Next(1, 8);
        for (var index = 0; index < count; index++)
        {
            bits = Member(members, bits, depth, baseBits, prefix);
        }

        if (depth == 0 && _random.Next(4) == 0)
        {
            bits = Aligned(bits);
            var element = _random.Next(2) == 0 ? _btf.Int("char", 1, signed: true) : _btf.Int("u64", 8, signed: false);
            Add(members, $"tail{_names++}", Array(element, 0), bits, 0);
            IsOpenEnded = true;
        }

        var size = Math.Max(1, (bits + 7) / 8);
        return (_btf.Add(BtfKind.Struct, name, (uint)size, members.Count / 3, flag: true, [.. members]), size);
    }

    private int Member(List<uint> members, int bits, int depth, int baseBits, string prefix)
    {
        var name = $"f{_names++}";
        switch (_random.Next(depth < 3 ? 10 : 8))
        {
            case 0:
                return BitField(members, bits, name, baseBits, prefix);
            case 1:
                Add(members, name, _btf.Int("_Bool", 1, signed: false, isBool: true), bits = Aligned(bits), 0);
                return bits + 8;
            case 2:
                Add(members, name, _btf.Add(BtfKind.Pointer, "", 0), bits = Aligned(bits), 0);
                return bits + 64;
            case 3:
                var floatSize = _random.Next(2) == 0 ? 4 : 8;
                Add(members, name, _btf.Add(BtfKind.Float, "real", (uint)floatSize), bits = Aligned(bits), 0);
                return bits + (floatSize * 8);
            case 4:
                return Text(members, Aligned(bits), name);
            case 5:
                return Enum(members, Aligned(bits), name);
            case 6:
                return List(members, Aligned(bits), name);
            case 7:
                return Integer(members, Aligned(bits), name, baseBits, prefix);
            default:
                bits = Aligned(bits);
                var anonymous = _random.Next(2) == 0;
                var path = anonymous ? prefix : $"{prefix}{name}.";
                var (id, size) = Struct("", depth + 1, baseBits + bits, path);
                Add(members, anonymous ? "" : name, id, bits, 0);
                return bits + (size * 8);
        }
    }

    private int BitField(List<uint> members, int bits, string name, int baseBits, string prefix)
    {
        var size = 1 << _random.Next(4);
        var signed = _random.Next(2) == 0;
        var width = _random.Next(1, (size * 8) + 1);
        Add(members, name, _btf.Int("number", (uint)size, signed), bits, width);
        _integers.Add((prefix + name, baseBits + bits, width, signed));
        return bits + width;
    }

    private int Integer(List<uint> members, int bits, string name, int baseBits, string prefix)
    {
        var size = 1 << _random.Next(5);
        var signed = _random.Next(2) == 0;
        Add(members, name, _btf.Int("number", (uint)size, signed), bits, 0);
        _integers.Add((prefix + name, baseBits + bits, size * 8, signed));
        return bits + (size * 8);
    }

    private int Text(List<uint> members, int bits, string name)
    {
        var length = _random.Next(2) == 0 ? 16 : _random.Next(1, 40);
        var element = _random.Next(3) == 0 ? _btf.Int("unsigned char", 1, signed: false) : _btf.Int("char", 1);
        Add(members, name, Array(element, length), bits, 0);
        return bits + (length * 8);
    }

    private int Enum(List<uint> members, int bits, string name)
    {
        var wide = _random.Next(2) == 0;
        var id = wide
            ? _btf.Add(BtfKind.Enum64, "e", 8, 2, flag: true, _btf.Text("MINUS"), uint.MaxValue, uint.MaxValue, _btf.Text("ONE"), 1, 0)
            : _btf.Add(BtfKind.Enum, "e", 4, 2, flag: false, _btf.Text("ZERO"), 0, _btf.Text("BIG"), 0xffff_ffff);
        Add(members, name, id, bits, 0);
        return bits + (wide ? 64 : 32);
    }

    private int List(List<uint> members, int bits, string name)
    {
        var size = 1 << _random.Next(4);
        var element = _btf.Int("number", (uint)size, _random.Next(2) == 0);
        var (inner, outer) = (_random.Next(1, 4), _random.Next(1, 4));
        Add(members, name, Array(Array(element, inner), outer), bits, 0);
        return bits + (size * inner * outer * 8);
    }

    private int Array(int element, int count) => _btf.Add(BtfKind.Array, "", 0, 0, false, (uint)element, (uint)element, (uint)count);

    private void Add(List<uint> members, string name, int type, int bitOffset, int bitFieldSize) =>
        members.AddRange([_btf.Text(name), (uint)type, (uint)bitOffset | ((uint)bitFieldSize << 24)]);

    private int Aligned(int bits) => ((bits + 7) & ~7) + (8 * _random.Next(3));
}

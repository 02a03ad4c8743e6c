using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// Adds the values of all CPUs, as bytes, by the value's BTF: integers and floats are added where they lie, anything else is taken from the
/// first CPU where it is not zero.
/// </summary>
internal sealed class PerCpuSum
{
    private readonly List<Leaf> _leaves = [];
    private readonly BpfMap _map;
    private byte[] _sums = [];
    private long _overflows;

    internal PerCpuSum(BpfMap map)
    {
        _map = map;
        if (map.ValueType is { } type && type.SizeBytes == map.ValueSize)
        {
            AddLeaves(type, 0, 0);
        }
        else if (map.ValueSize is 1 or 2 or 4 or 8)
        {
            _leaves.Add(new(LeafKind.Unsigned, 0, map.ValueSize * 8));
        }
        else
        {
            throw new BpfException("sum the values of", map.Subject, 0, $"no BTF tells what its {map.ValueSize} bytes are", "read each CPU");
        }
    }

    internal IEnumerable<Loss> Losses => [new("sum-overflow", "sums over CPUs did not fit their type and stand at its limit; read each CPU", _overflows)];

    /// <summary>The sums of a batch, at the stride of one CPU's value; valid until the next call.</summary>
    internal ReadOnlySpan<byte> Add(ReadOnlySpan<byte> values, int entries)
    {
        var (stride, cpus) = (_map.CpuStride, PossibleCpus.Count);
        if (_sums.Length < entries * stride)
        {
            _sums = GC.AllocateUninitializedArray<byte>(entries * stride);
        }

        for (var i = 0; i < entries; i++)
        {
            var all = values.Slice(i * stride * cpus, stride * cpus);
            var sum = _sums.AsSpan(i * stride, stride);
            all[..stride].CopyTo(sum);
            for (var cpu = 1; cpu < cpus; cpu++)
            {
                AddOne(sum, all.Slice(cpu * stride, stride));
            }
        }

        return _sums.AsSpan(0, entries * stride);
    }

    private void AddOne(Span<byte> sum, ReadOnlySpan<byte> value)
    {
        foreach (var leaf in CollectionsMarshal.AsSpan(_leaves))
        {
            switch (leaf.Kind)
            {
                case LeafKind.Unsigned or LeafKind.Signed:
                    AddInteger(leaf, sum, value);
                    break;
                case LeafKind.Float when leaf.BitCount == 32:
                    var at = sum[(leaf.BitOffset / 8)..];
                    BinaryPrimitives.WriteSingleLittleEndian(at, BinaryPrimitives.ReadSingleLittleEndian(at) + BinaryPrimitives.ReadSingleLittleEndian(value[(leaf.BitOffset / 8)..]));
                    break;
                case LeafKind.Float:
                    var place = sum[(leaf.BitOffset / 8)..];
                    BinaryPrimitives.WriteDoubleLittleEndian(place, BinaryPrimitives.ReadDoubleLittleEndian(place) + BinaryPrimitives.ReadDoubleLittleEndian(value[(leaf.BitOffset / 8)..]));
                    break;
                default:
                    TakeFirst(leaf, sum, value);
                    break;
            }
        }
    }

    private void AddInteger(Leaf leaf, Span<byte> sum, ReadOnlySpan<byte> value)
    {
        var isSigned = leaf.Kind == LeafKind.Signed;
        var left = BtfBits.Read(sum, leaf.BitOffset, leaf.BitCount, isSigned);
        var right = BtfBits.Read(value, leaf.BitOffset, leaf.BitCount, isSigned);
        var total = isSigned ? (Int128)left + right : (Int128)(ulong)left + (ulong)right;
        var lowest = isSigned ? -(Int128.One << (leaf.BitCount - 1)) : Int128.Zero;
        var highest = (Int128.One << (isSigned ? leaf.BitCount - 1 : leaf.BitCount)) - 1;
        if (total < lowest || total > highest)
        {
            _overflows++;
            total = total < lowest ? lowest : highest;
        }

        BtfBits.Write(sum, leaf.BitOffset, leaf.BitCount, (ulong)total);
    }

    private static void TakeFirst(Leaf leaf, Span<byte> sum, ReadOnlySpan<byte> value)
    {
        // Bit-fields that are no numbers: their bytes are shared, so bit by bit.
        if ((leaf.BitOffset | leaf.BitCount) % 8 != 0)
        {
            if (BtfBits.Read(sum, leaf.BitOffset, leaf.BitCount, false) == 0)
            {
                BtfBits.Write(sum, leaf.BitOffset, leaf.BitCount, (ulong)BtfBits.Read(value, leaf.BitOffset, leaf.BitCount, false));
            }

            return;
        }

        var target = sum.Slice(leaf.BitOffset / 8, leaf.BitCount / 8);
        if (target.IndexOfAnyExcept((byte)0) < 0)
        {
            value.Slice(leaf.BitOffset / 8, leaf.BitCount / 8).CopyTo(target);
        }
    }

    private void AddLeaves(BtfType type, int bitOffset, int bitFieldSize)
    {
        var resolved = type.Resolve();
        switch (BtfShapes.Of(resolved))
        {
            case BtfShape.Record when resolved.Kind == BtfKind.Struct:
                foreach (var member in resolved.Members)
                {
                    AddLeaves(member.Type, bitOffset + member.BitOffset, member.BitFieldSize);
                }

                break;
            case BtfShape.List:
                var size = resolved.Target.SizeBytes * 8;
                for (var i = 0; i < resolved.ElementCount; i++)
                {
                    AddLeaves(resolved.Target, bitOffset + (i * size), 0);
                }

                break;
            default:
                AddLeaf(resolved, bitOffset, bitFieldSize == 0 ? resolved.SizeBytes * 8 : bitFieldSize);
                break;
        }
    }

    private void AddLeaf(BtfType type, int bitOffset, int bits)
    {
        if (bits > 0)
        {
            var kind = BtfShapes.Of(type) switch
            {
                BtfShape.Integer when bits <= 64 => type.IsSigned ? LeafKind.Signed : LeafKind.Unsigned,
                BtfShape.Float when bits is 32 or 64 => LeafKind.Float,
                _ => LeafKind.First,
            };
            _leaves.Add(new(kind, bitOffset, bits));
        }
    }

    private enum LeafKind
    {
        Unsigned,
        Signed,
        Float,
        First,
    }

    private readonly record struct Leaf(LeafKind Kind, int BitOffset, int BitCount);
}

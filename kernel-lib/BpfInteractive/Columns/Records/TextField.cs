using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>A char array: text up to the first NUL, dictionary-encoded. A length of -1 means the rest of the record.</summary>
internal sealed class TextField(TextColumnBuilder builder, int offset, int length) : FieldDecoder(offset)
{
    internal const int CacheBits = 10;
    internal const ulong LowFactor = 0x9E37_79B9_7F4A_7C15;
    internal const ulong HighFactor = 0xC2B2_AE3D_27D4_EB4F;

    // A direct-mapped cache of the last texts by their raw bytes (those behind the NUL count too: a second entry for the same text is no harm).
    private readonly Entry[] _cache = length == 16 ? new Entry[1 << CacheBits] : [];
    private TextDictionaryBuilder? _dictionary;

    internal override int End => Offset + Math.Max(0, length);

    internal override ColumnBuilder Builder => builder;

    internal override Array? DirectBuffer => length < 0 ? null : builder.Buffer;

    internal override int ElementWidth => sizeof(int);

    internal override void Bind()
    {
        if (!ReferenceEquals(_dictionary, builder.Dictionary))
        {
            _dictionary = builder.Dictionary;
            Array.Clear(_cache);
        }
    }

    /// <summary>Whether the text is of the length that is remembered by its bytes: that of a task's comm, which nearly every event has.</summary>
    internal bool IsCached => length == 16;

    /// <summary>The memory of that, for compiled code that looks into it without a call.</summary>
    internal Array Cache => _cache;

    /// <summary>The code of the text whose bytes start at a place; the caller has checked that the whole field is there.</summary>
    internal int Code(ref byte text)
    {
        if (length != 16)
        {
            return Intern(MemoryMarshal.CreateReadOnlySpan(ref text, length));
        }

        var low = Unsafe.ReadUnaligned<ulong>(ref text);
        var high = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref text, 8));
        var slot = (int)(((low * LowFactor) ^ (high * HighFactor)) >> (64 - CacheBits));
        ref var entry = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_cache), slot);
        return entry.CodePlusOne != 0 && entry.Low == low && entry.High == high
            ? (int)entry.CodePlusOne - 1
            : Remember(ref entry, ref text, low, high);
    }

    private protected override void AppendValue(ReadOnlySpan<byte> record)
    {
        Bind();
        builder.AppendCode(Intern(length < 0 ? record[Offset..] : record.Slice(Offset, length)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal int Remember(ref Entry entry, ref byte text, ulong low, ulong high)
    {
        var code = Intern(MemoryMarshal.CreateReadOnlySpan(ref text, 16));
        entry = new Entry { Low = low, High = high, CodePlusOne = (ulong)code + 1 };
        return code;
    }

    private int Intern(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return _dictionary!.Intern(end < 0 ? bytes : bytes[..end]);
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Entry
    {
        internal ulong Low;
        internal ulong High;
        internal ulong CodePlusOne;
    }
}

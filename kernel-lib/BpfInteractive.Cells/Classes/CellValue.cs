using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfInteractive.Cells;

/// <summary>What the structs of a BPF cell's class are made of: text, bit-fields, comparison. Called by generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class CellValue
{
    /// <summary>The text of a <c>char[]</c>, up to its first NUL.</summary>
    public static string Text(ReadOnlySpan<byte> chars)
    {
        var end = chars.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? chars : chars[..end]);
    }

    /// <summary>Fills a <c>char[]</c> with a text and zeros.</summary>
    /// <exception cref="ArgumentException">It is longer than the array.</exception>
    public static void SetText(Span<byte> chars, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        chars.Clear();
        if (!Encoding.UTF8.TryGetBytes(text, chars, out _))
        {
            throw new ArgumentException($"\"{text}\" has {Encoding.UTF8.GetByteCount(text)} bytes, the array {chars.Length}", nameof(text));
        }
    }

    /// <summary>Whether two values have the same bytes, as the kernel compares keys.</summary>
    public static bool AreEqual<T>(in T left, in T right)
        where T : unmanaged => Bytes(in left).SequenceEqual(Bytes(in right));

    /// <summary>A hash of a value's bytes.</summary>
    public static int Hash<T>(in T value)
        where T : unmanaged
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes(in value));
        return hash.ToHashCode();
    }

    /// <summary>The bits of a bit-field, sign-extended where it is signed.</summary>
    public static long Bits<T>(in T value, int offset, int count, bool isSigned)
        where T : unmanaged
    {
        var bytes = Bytes(in value);
        ulong bits = 0;
        for (var bit = 0; bit < count; bit++)
        {
            var at = offset + bit;
            bits |= (ulong)((bytes[at / 8] >> (at % 8)) & 1) << bit;
        }

        var unused = 64 - count;
        return isSigned ? (long)(bits << unused) >> unused : (long)bits;
    }

    /// <summary>Sets the bits of a bit-field; bits that do not fit are dropped, as in C.</summary>
    public static void SetBits<T>(ref T value, int offset, int count, long bits)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref value, 1));
        for (var bit = 0; bit < count; bit++)
        {
            var at = offset + bit;
            var mask = (byte)(1 << (at % 8));
            bytes[at / 8] = (byte)(((bits >> bit) & 1) != 0 ? bytes[at / 8] | mask : bytes[at / 8] & ~mask);
        }
    }

    /// <summary>"pid = 42, comm = cat".</summary>
    public static string Describe(params (string Name, object? Value)[] members) =>
        string.Join(", ", (members ?? []).Select(static member => string.Create(CultureInfo.InvariantCulture, $"{member.Name} = {member.Value}")));

    /// <summary>"[1, 2, 3]".</summary>
    public static string Describe<T>(ReadOnlySpan<T> elements)
    {
        var text = new StringBuilder("[");
        for (var i = 0; i < elements.Length; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(CultureInfo.InvariantCulture, $"{elements[i]}");
        }

        return text.Append(']').ToString();
    }

    private static ReadOnlySpan<byte> Bytes<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in value, 1));
}

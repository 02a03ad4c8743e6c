using System.Buffers.Text;

namespace BpfInteractive;

/// <summary>A growing buffer of UTF-8 text: a kernel's header is 3 MB, which strings would make twice that and slow.</summary>
internal sealed class CText(int capacity)
{
    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(capacity);

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    internal CText Add(ReadOnlySpan<byte> text)
    {
        if (text.Length > _bytes.Length - Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + text.Length));
        }

        text.CopyTo(_bytes.AsSpan(Length));
        Length += text.Length;
        return this;
    }

    internal CText Add(string text)
    {
        foreach (var letter in text)
        {
            Add([(byte)letter]);
        }

        return this;
    }

    internal CText Add(long number)
    {
        Span<byte> digits = stackalloc byte[24];
        Utf8Formatter.TryFormat(number, digits, out var length);
        return Add(digits[..length]);
    }

    internal CText Add(ulong number)
    {
        Span<byte> digits = stackalloc byte[24];
        Utf8Formatter.TryFormat(number, digits, out var length);
        return Add(digits[..length]);
    }

    internal CText Indent(int level)
    {
        for (; level > 0; level--)
        {
            Add("\t"u8);
        }

        return this;
    }
}

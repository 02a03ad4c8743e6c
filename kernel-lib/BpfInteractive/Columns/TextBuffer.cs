using System.Globalization;

namespace BpfInteractive;

/// <summary>A growing run of characters that is written to and cleared, row after row, without allocating.</summary>
internal sealed class TextBuffer(int capacity = 1024)
{
    private char[] _characters = new char[capacity];

    internal int Length { get; private set; }

    internal ReadOnlySpan<char> Written => _characters.AsSpan(0, Length);

    internal void Clear() => Length = 0;

    /// <summary>Drops everything behind a length reached before.</summary>
    internal void Truncate(int length) => Length = Math.Min(length, Length);

    internal void Append(ReadOnlySpan<char> text)
    {
        text.CopyTo(Free(text.Length));
        Length += text.Length;
    }

    internal void Append(char character)
    {
        Free(1)[0] = character;
        Length++;
    }

    internal void Append(char character, int count)
    {
        if (count > 0)
        {
            Free(count)[..count].Fill(character);
            Length += count;
        }
    }

    internal void AppendFormatted<T>(T value, ReadOnlySpan<char> format)
        where T : ISpanFormattable
    {
        int written;
        var room = 32;
        while (!value.TryFormat(Free(room), out written, format, CultureInfo.InvariantCulture))
        {
            room *= 2;
        }

        Length += written;
    }

    public override string ToString() => Written.ToString();

    private Span<char> Free(int count)
    {
        if (_characters.Length - Length < count)
        {
            Array.Resize(ref _characters, Math.Max(_characters.Length * 2, Length + count));
        }

        return _characters.AsSpan(Length);
    }
}

using System.Collections;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// The distinct texts of a <see cref="TextColumn"/>, by code. They are kept as UTF-8, always valid (bytes that are not become U+FFFD), end to
/// end as Arrow wants them; a <see cref="string"/> is made when one is first asked for. Any thread may read it.
/// </summary>
public sealed class TextDictionary : IReadOnlyList<string>
{
    private readonly int[] _offsets;
    private readonly byte[] _bytes;
    private readonly string?[] _strings;

    internal TextDictionary(int count, int[] offsets, byte[] bytes, string?[] strings)
    {
        Count = count;
        _offsets = offsets;
        _bytes = bytes;
        _strings = strings;
    }

    /// <summary>The number of distinct texts.</summary>
    public int Count { get; }

    /// <summary>Where each text starts in <see cref="Bytes"/>; one more than there are texts.</summary>
    public ReadOnlyMemory<int> Offsets => _offsets.AsMemory(0, Count + 1);

    /// <summary>All texts in UTF-8, end to end.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _offsets[Count]);

    /// <summary>The text of a code.</summary>
    public string this[int code]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(code);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(code, Count);
            return _strings[code] ??= Encoding.UTF8.GetString(Utf8(code));
        }
    }

    /// <summary>The text of a code in UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8(int code)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(code);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(code, Count);
        return _bytes.AsSpan(_offsets[code], _offsets[code + 1] - _offsets[code]);
    }

    /// <summary>The code of a text, or -1 when no row can have it: how a filter compares numbers rather than text.</summary>
    public int IndexOf(string text)
    {
        var wanted = Encoding.UTF8.GetBytes(text);
        for (var code = 0; code < Count; code++)
        {
            if (Utf8(code).SequenceEqual(wanted))
            {
                return code;
            }
        }

        return -1;
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator()
    {
        for (var code = 0; code < Count; code++)
        {
            yield return this[code];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

using System.Text;

namespace BpfInteractive;

public sealed partial class BtfData
{
    /// <summary>One search through the kernel's strings and types takes half a millisecond; their index, made once, some fifteen.</summary>
    private const int SearchesBeforeIndex = 12;

    private const int MostPlaces = 8;

    /// <summary>Of the set of beginnings: 8 KB.</summary>
    private const int BeginningLog = 16;
    private const int BeginningBits = 1 << BeginningLog;

    private BtfNameIndex? _names;
    private int _searches;

    /// <summary>The index of names, made when it pays. Two threads may both make it; either is good.</summary>
    private BtfNameIndex Names => _names ??= new BtfNameIndex(this);

    /// <summary>The first type with a name and a kind; a base's types come first.</summary>
    /// <returns>Whether there is one.</returns>
    public bool TryFind(string name, BtfKind kind, out BtfType type)
    {
        ArgumentNullException.ThrowIfNull(name);
        Span<byte> buffer = name.Length <= 128 ? stackalloc byte[384] : new byte[name.Length * 3];
        return TryFind(buffer[..Encoding.UTF8.GetBytes(name, buffer)], kind, out type);
    }

    /// <summary>The first type with a name (in UTF-8) and a kind; a base's types come first.</summary>
    /// <returns>Whether there is one.</returns>
    public bool TryFind(ReadOnlySpan<byte> nameUtf8, BtfKind kind, out BtfType type)
    {
        if (_base is not null && _base.TryFind(nameUtf8, kind, out type))
        {
            return true;
        }

        if (_names is null && _base is null && _searches++ < SearchesBeforeIndex && FindPlaces(nameUtf8) is { } places)
        {
            return TryFindNamedAt(places, kind, out type);
        }

        var matches = Names.Find(nameUtf8);
        while (matches.MoveNext())
        {
            if (KindOf(matches.Id) == kind)
            {
                type = new BtfType(this, matches.Id);
                return true;
            }
        }

        type = default;
        return false;
    }

    /// <summary>Where a name stands among the strings, alone or as the end of others; null for one that stands in too many places.</summary>
    private List<uint>? FindPlaces(ReadOnlySpan<byte> name)
    {
        byte[] ended = [.. name, 0];
        var strings = _image.Slice(_stringsOffset, _stringsLength);
        var places = new List<uint>();
        for (int from = 0, next; (next = strings[from..].IndexOf(ended)) >= 0; from += next + 1)
        {
            if (places.Count == MostPlaces)
            {
                return null;
            }

            places.Add((uint)(from + next));
        }

        return places;
    }

    private bool TryFindNamedAt(List<uint> places, BtfKind kind, out BtfType type)
    {
        places.Remove(0); // no name
        for (var id = _firstId; id < TypeCount && places.Count > 0; id++)
        {
            if (places.Contains(NameOffsetOf(id)) && KindOf(id) == kind)
            {
                type = new BtfType(this, id);
                return true;
            }
        }

        type = default;
        return false;
    }

    /// <summary>Every type with a name, of any kind, in the order of their numbers.</summary>
    public IReadOnlyList<BtfType> FindAll(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var found = new List<BtfType>();
        FindAll(Encoding.UTF8.GetBytes(name), found);
        return found;
    }

    internal void FindAll(ReadOnlySpan<byte> nameUtf8, List<BtfType> found)
    {
        _base?.FindAll(nameUtf8, found);
        var matches = Names.Find(nameUtf8);
        while (matches.MoveNext())
        {
            found.Add(new BtfType(this, matches.Id));
        }
    }

    /// <summary>The types of several names, each in the order of their numbers. Without the index, unless that is there: in one pass over all types, which takes a quarter of the time.</summary>
    /// <param name="names">The names, and where the types of each go.</param>
    internal void FindAll(IReadOnlyList<(byte[] Name, List<BtfType> Found)> names)
    {
        if (_base is not null || _names is not null)
        {
            foreach (var (name, found) in names)
            {
                FindAll(name, found);
            }

            return;
        }

        var wanted = names.ToLookup(entry => BtfNameIndex.Hash(entry.Name));
        var beginnings = new ulong[BeginningBits / 64];
        foreach (var (name, _) in names)
        {
            var bit = BeginningOf([.. name, 0]);
            beginnings[bit / 64] |= 1ul << (int)(bit % 64);
        }

        for (var id = _firstId; id < TypeCount; id++)
        {
            var at = NameOffsetOf(id);
            if (at == 0 || at >= (uint)_stringsLength)
            {
                continue;
            }

            // Most names are told not to be wanted by their first letters.
            var bit = BeginningOf(_image.Slice(_stringsOffset + (int)at, _stringsLength - (int)at));
            if ((beginnings[bit / 64] >> (int)(bit % 64) & 1) == 0)
            {
                continue;
            }

            var text = StringAt(at);
            foreach (var (name, found) in wanted[BtfNameIndex.Hash(text)])
            {
                if (text.SequenceEqual(name))
                {
                    found.Add(new BtfType(this, id));
                }
            }
        }
    }

    /// <summary>A number that names have in common whose first three letters are the same.</summary>
    /// <param name="text">The name, its zero, and whatever follows.</param>
    private static uint BeginningOf(ReadOnlySpan<byte> text)
    {
        var (first, second) = (text[0], text[0] == 0 ? 0 : text[1]);
        var letters = (uint)(first | (second << 8) | ((second == 0 ? 0 : text[2]) << 16));
        return letters * 0x9E3779B1u >> (32 - BeginningLog);
    }
}

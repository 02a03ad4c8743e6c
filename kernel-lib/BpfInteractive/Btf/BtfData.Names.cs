using System.Text;

namespace BpfInteractive;

public sealed partial class BtfData
{
    /// <summary>One search through the kernel's strings and types takes half a millisecond; their index, made once, some fifteen.</summary>
    private const int SearchesBeforeIndex = 12;

    private const int MostPlaces = 8;

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
}

using System.Text;

namespace BpfInteractive;

public sealed partial class BtfData
{
    private BtfNameIndex? _names;

    /// <summary>The index of names, made at the first look-up. Two threads may both make it; either is good.</summary>
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

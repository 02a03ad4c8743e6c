using System.Text;

namespace BpfInteractive;

public sealed partial class BtfData
{
    private Dictionary<string, List<string>>? _flavours;

    /// <summary>Every type that CO-RE takes for the same as one of some names: of the name itself, and of the name with a flavour (<c>name___old</c>).</summary>
    internal IReadOnlyDictionary<string, List<BtfType>> FindFlavours(IReadOnlyCollection<string> essentialNames)
    {
        _flavours ??= FindFlavouredNames();
        var found = essentialNames.Distinct().ToDictionary(name => name, _ => new List<BtfType>(), StringComparer.Ordinal);
        FindAll([.. found.SelectMany(name => _flavours.GetValueOrDefault(name.Key, []).Prepend(name.Key).Select(flavour => (Encoding.UTF8.GetBytes(flavour), name.Value)))]);
        return found;
    }

    /// <summary>The few names with three underscores in them; the strings are searched as one text, not name by name.</summary>
    private Dictionary<string, List<string>> FindFlavouredNames()
    {
        var found = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var text = _image.Slice(_stringsOffset, _stringsLength);
        var position = 0;
        while (text[position..].IndexOf("___"u8) is var at and >= 0)
        {
            var start = text[..(position + at)].LastIndexOf((byte)0) + 1;
            var end = position + at + text[(position + at)..].IndexOf((byte)0);
            var name = text[start..end];
            var essential = BtfTrimmer.EssentialName(name);
            if (essential.Length < name.Length)
            {
                var key = Encoding.UTF8.GetString(essential);
                if (!found.TryGetValue(key, out var names))
                {
                    found.Add(key, names = []);
                }

                names.Add(Encoding.UTF8.GetString(name));
            }

            position = end;
        }

        return found;
    }
}

using System.Globalization;

namespace BpfInteractive.Cells;

/// <summary>Where the bytes of a type's members lie and what they are: maps whose layouts differ must not share entries, even when their sizes agree.</summary>
internal static class MapLayout
{
    private const int Deepest = 16;

    /// <summary>Where two types first differ, in words; null when a value of one is a value of the other.</summary>
    internal static string? Difference(BtfType? before, BtfType? now)
    {
        if (before is not { } was || now is not { } type)
        {
            return null; // One of them was made without types: sizes are all there is.
        }

        var (old, wanted) = (Of(was), Of(type));
        var at = old.Zip(wanted).TakeWhile(static pair => pair.First == pair.Second).Count();
        return at == old.Count && at == wanted.Count
            ? null
            : $"{(at < old.Count ? $"\"{old[at]}\"" : "nothing")} is now {(at < wanted.Count ? $"\"{wanted[at]}\"" : "nothing")}";
    }

    /// <summary>One line for each plain member: "u64 b at 8".</summary>
    private static List<string> Of(BtfType type)
    {
        var lines = new List<string>();
        Add(lines, type, "", 0, Deepest);
        return lines;
    }

    private static void Add(List<string> lines, BtfType type, string name, int bits, int depth)
    {
        var resolved = type.Resolve();
        if (resolved.Kind is BtfKind.Struct or BtfKind.Union && depth > 0)
        {
            foreach (var member in resolved.Members)
            {
                Add(lines, member.Type, $"{name}{(name.Length > 0 ? "." : "")}{member.Name}", bits + member.BitOffset, depth - 1);
            }
        }
        else
        {
            var what = name.Length > 0 ? $"{resolved} {name}" : resolved.ToString();
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{what} at {bits / 8.0:0.###}"));
        }
    }
}

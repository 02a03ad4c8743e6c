using System.Text;

namespace BpfInteractive.Cells;

/// <summary>The names of this kernel's BTF: types, constants, and the functions that programs may call (kfuncs).</summary>
internal static class KernelNames
{
    private const int MostMembers = 40;

    private static readonly Lazy<(string Name, int Id)[]> s_sorted = new(Read);

    /// <summary>The names that begin with a text, in their order.</summary>
    /// <param name="prefix">Letters typed so far.</param>
    /// <param name="tag">"struct", "union" or "enum" when only those fit.</param>
    /// <param name="most">No more than so many.</param>
    internal static IEnumerable<BpfCompletionItem> StartingWith(string prefix, string? tag, int most)
    {
        var names = s_sorted.Value;
        var at = Array.BinarySearch(names, (prefix, 0), Comparer<(string Name, int Id)>.Create(static (left, right) => string.CompareOrdinal(left.Name, right.Name) is var order and not 0 ? order : left.Id.CompareTo(right.Id)));
        for (at = at < 0 ? ~at : at; at < names.Length && most > 0 && names[at].Name.StartsWith(prefix, StringComparison.Ordinal); at++)
        {
            var type = BtfData.Kernel[names[at].Id];
            var kind = KindOf(type);
            if (tag is null ? kind is "typedef" or "kfunc" or "struct" or "union" or "enum" : kind == tag)
            {
                most--;
                yield return new BpfCompletionItem(names[at].Name, kind, kind == "kfunc" ? $"{SignatureOf(type)} ({SinceOf(type.Name)})" : kind == "typedef" ? type.Target.ToString() : $"{type.SizeBytes} bytes");
            }
        }
    }

    /// <summary>A kfunc's signature, or a type with its members; null for a name that the kernel has not.</summary>
    internal static string? Describe(string name)
    {
        if (KernelTypes.Running.Functions.TryFind(name, out var id))
        {
            return $"{SignatureOf(BtfData.Kernel[id])}\nkernel function (kfunc), {SinceOf(name)}";
        }

        var types = BtfData.Kernel.FindAll(name);
        return types.Where(static type => type.Kind is BtfKind.Struct or BtfKind.Union or BtfKind.Typedef or BtfKind.Enum or BtfKind.Enum64).Select(Layout).FirstOrDefault();
    }

    private static string Layout(BtfType type)
    {
        if (type.Kind == BtfKind.Typedef)
        {
            return $"typedef {type.Target} {type.Name}";
        }

        var text = new StringBuilder($"{type}, {type.SizeBytes} bytes\n");
        if (type.Kind is BtfKind.Enum or BtfKind.Enum64)
        {
            return text.AppendJoin('\n', type.EnumValues.Take(MostMembers).Select(static value => $"    {value}")).ToString();
        }

        text.AppendJoin('\n', type.Members.Take(MostMembers).Select(static member => FormattableString.Invariant($"    {member.OffsetBytes,6}  {member}")));
        return type.Members.Count > MostMembers ? text.Append(FormattableString.Invariant($"\n    … {type.Members.Count - MostMembers} more members")).ToString() : text.ToString();
    }

    private static string SignatureOf(BtfType function)
    {
        var prototype = function.Target;
        var result = prototype.Target.ToString();
        return $"{result}{(result.EndsWith('*') ? "" : " ")}{function.Name}({string.Join(", ", prototype.Parameters)})";
    }

    private static string SinceOf(string kfunc) => FunctionProbes.All.FirstOrDefault(probe => probe.Name == kfunc)?.Since is { } since ? $"since {since}" : "this kernel has it";

    private static string KindOf(BtfType type) => type.Kind switch
    {
        BtfKind.Struct => "struct",
        BtfKind.Union => "union",
        BtfKind.Typedef => "typedef",
        BtfKind.Function => "kfunc",
        _ => "enum",
    };

    private static (string Name, int Id)[] Read()
    {
        var kernel = BtfData.Kernel;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var names = new List<(string Name, int Id)>();
        foreach (var type in kernel.Types)
        {
            if (type.Kind is BtfKind.Struct or BtfKind.Union or BtfKind.Typedef or BtfKind.Enum or BtfKind.Enum64 && type is { IsAnonymous: false, Name: var name } && seen.Add($"{type.Kind} {name}"))
            {
                names.Add((name, type.Id));
            }
        }

        names.AddRange(KernelTypes.Running.Functions.Ids.Select(id => (kernel[id].Name, id)));
        names.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name) is var order and not 0 ? order : left.Id.CompareTo(right.Id));
        return [.. names];
    }
}

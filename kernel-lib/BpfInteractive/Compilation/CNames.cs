using System.Text;

namespace BpfInteractive;

/// <summary>
/// The C name of each kernel type and enum value. A kernel has several types of one name (each file may have its own), and a source may define
/// one of its own; C wants one. The first keeps its name, the others get a suffix after three underscores, which CO-RE ignores (a "flavour").
/// </summary>
internal sealed class CNames(BtfData data, BtfEnumeratorIndex enumerators, IReadOnlySet<string> taken)
{
    private readonly List<BtfType> _matches = [];

    internal void AddTag(CText text, BtfType type) => Add(text, type, Occurrence(type, IsTag));

    internal void AddTypedef(CText text, BtfType type)
    {
        // The compiler's own names cannot be declared again, and BPF's va_list is not the kernel's.
        if (type.NameUtf8.StartsWith("__builtin_"u8))
        {
            text.Add("__kernel"u8);
        }

        Add(text, type, Occurrence(type, static kind => kind == BtfKind.Typedef));
    }

    internal void AddEnumValue(CText text, BtfType owner, ReadOnlySpan<byte> name)
    {
        text.Add(name);
        var first = enumerators.FirstEnumWith(name);
        if (first != owner.Id)
        {
            text.Add("___"u8).Add(owner.Id);
        }
        else if (IsTaken(name) || data.TryFind(name, BtfKind.Typedef, out _))
        {
            text.Add("___kernel"u8);
        }
    }

    private void Add(CText text, BtfType type, int occurrence)
    {
        text.Add(type.NameUtf8);
        if (occurrence > 0)
        {
            text.Add("___"u8).Add(occurrence + 1);
        }
        else if (IsTaken(type.NameUtf8))
        {
            text.Add("___kernel"u8);
        }
    }

    /// <summary>How many types before this one have its name in the same name space of C.</summary>
    private int Occurrence(BtfType type, Func<BtfKind, bool> inNameSpace)
    {
        _matches.Clear();
        data.FindAll(type.NameUtf8, _matches);
        var before = 0;
        foreach (var other in _matches)
        {
            before += other.Id < type.Id && inNameSpace(other.Kind) ? 1 : 0;
        }

        return before;
    }

    private bool IsTaken(ReadOnlySpan<byte> name) => taken.Count > 0 && taken.Contains(Encoding.UTF8.GetString(name));

    private static bool IsTag(BtfKind kind) => kind is BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64;
}

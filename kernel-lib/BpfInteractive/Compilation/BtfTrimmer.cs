using System.Globalization;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// Cuts the kernel's BTF down to what an object's CO-RE relocations can ask for, so that libbpf reads some hundred bytes instead of five megabytes
/// (libbpf's <c>btf_custom_path</c>; the idea is bpftool's <c>gen min_core_btf</c>). libbpf must find the same candidates and the same fields in it; where that is
/// not certain, nothing is cut.
/// </summary>
/// <remarks>The rules are those of libbpf's relo_core.c: candidates share the name up to the flavour, a field is matched by the names on its way.</remarks>
internal static class BtfTrimmer
{
    private const int FieldByteOffset = 0;
    private const int FieldRightShift = 5;
    private const int TypeIdLocal = 6;
    private const int TypeExists = 8;
    private const int TypeSize = 9;
    private const int EnumValueExists = 10;
    private const int EnumValue = 11;

    /// <summary>The BTF an object needs of the kernel's.</summary>
    /// <param name="elf">The object file.</param>
    /// <param name="kernel">The kernel's types.</param>
    /// <returns>Raw BTF; null where the object needs the whole (or has no relocation and needs none).</returns>
    internal static byte[]? TrimFor(ReadOnlyMemory<byte> elf, BtfData kernel) => TrimFor(ObjectImage.Parse(elf, "the object"), kernel);

    /// <inheritdoc cref="TrimFor(ReadOnlyMemory{byte}, BtfData)"/>
    internal static byte[]? TrimFor(ObjectImage image, BtfData kernel)
    {
        if (image.Btf is not { } local || image.Extension is not { Core.Count: > 0 } extension)
        {
            return null;
        }

        var names = new NameSet();
        var roots = new HashSet<int>();
        foreach (var relocation in extension.Core)
        {
            switch (relocation.Kind)
            {
                case TypeIdLocal:
                    continue;
                case >= FieldByteOffset and <= FieldRightShift:
                    AddFieldNames(local[relocation.TypeId], local.TextAt(relocation.Access), names);
                    break;
                case TypeExists or TypeSize or EnumValueExists or EnumValue:
                    break;
                default:
                    // A target's number (7) would be one of the cut BTF; a match (12) looks at everything around the type.
                    return null;
            }

            roots.Add(relocation.TypeId);
        }

        return roots.Count == 0 ? null : Cut(local, roots, names, kernel);
    }

    /// <summary>A name up to its flavour: <c>task_struct</c> of <c>task_struct___v5</c>.</summary>
    internal static ReadOnlySpan<byte> EssentialName(ReadOnlySpan<byte> name)
    {
        for (var at = name.Length - 5; at >= 0; at--)
        {
            if (name[at] != '_' && name.Slice(at + 1, 3).SequenceEqual("___"u8) && name[at + 4] != '_')
            {
                return name[..(at + 1)];
            }
        }

        return name;
    }

    private static byte[]? Cut(BtfData local, HashSet<int> roots, NameSet names, BtfData kernel)
    {
        var copy = new BtfCopy(kernel, names);
        var wanted = roots.Select(id => (Name: Encoding.UTF8.GetString(EssentialName(local[id].NameUtf8)), local[id].Kind)).ToList();
        var found = kernel.FindFlavours([.. wanted.Select(type => type.Name)]);
        foreach (var (name, kind) in wanted)
        {
            var candidates = found[name].FindAll(candidate => AreComparable(candidate.Kind, kind));
            if (candidates.Count == 0 && HasModules())
            {
                // libbpf would look into the modules' BTF, but not beside a custom one.
                return null;
            }

            candidates.ForEach(copy.Add);
        }

        return copy.Build();
    }

    private static bool AreComparable(BtfKind left, BtfKind right) =>
        left == right || (left is BtfKind.Enum or BtfKind.Enum64 && right is BtfKind.Enum or BtfKind.Enum64);

    private static bool HasModules()
    {
        try
        {
            return Directory.EnumerateFiles("/sys/kernel/btf").Any(static path => Path.GetFileName(path) != "vmlinux");
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>The names of the members that an access such as "0:3:1" passes through in the object's own type.</summary>
    private static void AddFieldNames(BtfType type, string access, NameSet names)
    {
        var first = true;
        foreach (var part in access.Split(':'))
        {
            type = type.Resolve();
            if (!int.TryParse(part, CultureInfo.InvariantCulture, out var index))
            {
                return;
            }

            if (first)
            {
                first = false;
            }
            else if (type.Kind is BtfKind.Struct or BtfKind.Union && index < type.Members.Count)
            {
                var member = type.Members[index];
                if (!member.IsAnonymous)
                {
                    names.Add(member.NameUtf8);
                }

                type = member.Type;
            }
            else if (type.Kind == BtfKind.Array)
            {
                type = type.Target;
            }
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace BpfInteractive;

/// <summary>
/// Checks an unmanaged C# struct against a C type before bytes are read as it: sizes, and each field's offset and size by its name. Names are
/// compared without underscores and case, so that <c>StartTime</c> is <c>start_time</c>.
/// </summary>
internal static class BtfLayoutCheck
{
    /// <summary>Throws with every difference; does nothing when there is no BTF but the sizes are equal.</summary>
    internal static void Require<[DynamicallyAccessedMembers(ManagedLayout.Needed)] T>(BtfType? type, int sizeBytes, string subject)
        where T : unmanaged
    {
        var differences = new List<string>();
        if (Unsafe.SizeOf<T>() != sizeBytes)
        {
            differences.Add($"{typeof(T).Name} has {Unsafe.SizeOf<T>()} bytes and the C type {sizeBytes}");
        }

        if (type is { } native)
        {
            Compare(typeof(T), native, "", differences);
        }

        if (differences.Count > 0)
        {
            throw new BtfLayoutException(typeof(T), type?.ToString() ?? $"{sizeBytes} bytes", subject, differences);
        }
    }

    private static void Compare([DynamicallyAccessedMembers(ManagedLayout.Needed)] Type managed, BtfType native, string path, List<string> differences)
    {
        var type = native.Resolve();
        if (BtfShapes.Of(type) == BtfShape.Record)
        {
            if (!ManagedLayout.IsScalar(managed))
            {
                CompareMembers(managed, type, path, differences);
            }
        }
        else if (type.Kind == BtfKind.Float != ManagedLayout.IsFloat(managed) && ManagedLayout.IsScalar(managed))
        {
            differences.Add($"{Label(path, managed)} is {managed.Name} here and '{native}' in C");
        }
    }

    private static void CompareMembers([DynamicallyAccessedMembers(ManagedLayout.Needed)] Type managed, BtfType type, string path, List<string> differences)
    {
        var fields = ManagedLayout.FieldsOf(managed);
        var members = BtfFlatMember.Of(type);
        foreach (var member in members)
        {
            var field = fields.FirstOrDefault(candidate => SameName(candidate.Name, member.Name));
            if (field is null)
            {
                if (!IsCovered(member, fields))
                {
                    differences.Add($"{path}{member.Name} ('{member.Type}' at byte {member.OffsetBytes}) is missing in {managed.Name}");
                }

                continue;
            }

            CompareField(field, member, path, differences);
        }

        foreach (var field in fields.Where(field => !members.Any(member => SameName(field.Name, member.Name)) && !IsFiller(field, members)))
        {
            differences.Add($"{path}{field.Name} (at byte {field.Offset}) is no member of '{type}'");
        }
    }

    private static void CompareField(ManagedField field, BtfFlatMember member, string path, List<string> differences)
    {
        if (member.IsBitField)
        {
            return; // its bits lie inside some field, whatever that is called
        }

        var size = member.Type.SizeBytes;
        if (field.Offset != member.OffsetBytes)
        {
            differences.Add($"{path}{member.Name} is at byte {field.Offset} here and at {member.OffsetBytes} in C");
        }

        if (field.Size != size)
        {
            differences.Add($"{path}{member.Name} has {field.Size} bytes here and {size} in C ('{member.Type}')");
        }
        else
        {
            Compare(field.Type, member.Type, $"{path}{member.Name}.", differences);
        }
    }

    // What may go without a field of its name: bit-fields inside some field, padding, the kernel's own, other views of a union's bytes.
    private static bool IsCovered(BtfFlatMember member, IReadOnlyList<ManagedField> fields)
    {
        if (IsPadding(member.Name) || BtfShapes.IsKernelOwned(member.Type))
        {
            return true;
        }

        return (member.IsBitField || member.IsInUnion)
            && fields.Any(field => field.Offset <= member.OffsetBytes && field.Offset + field.Size > member.OffsetBytes);
    }

    // A field without a namesake is fine where C has padding, a bit-field or the kernel's own.
    private static bool IsFiller(ManagedField field, IReadOnlyList<BtfFlatMember> members) => IsPadding(field.Name)
        || members.Any(member => (member.IsBitField || BtfShapes.IsKernelOwned(member.Type)) && member.OffsetBytes >= field.Offset && member.OffsetBytes < field.Offset + field.Size);

    private static bool IsPadding(string name) => name.TrimStart('_').StartsWith("pad", StringComparison.OrdinalIgnoreCase)
        || name.TrimStart('_').StartsWith("reserved", StringComparison.OrdinalIgnoreCase);

    private static bool SameName(string managed, string native) =>
        string.Equals(Plain(managed), Plain(native), StringComparison.OrdinalIgnoreCase);

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal);

    private static string Label(string path, Type managed) => path.Length == 0 ? managed.Name : path.TrimEnd('.');
}

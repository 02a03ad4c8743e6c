using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace BpfInteractive;

/// <summary>A field of a C# struct where it really lies.</summary>
/// <param name="Name">The field's name; of an automatic property the property's.</param>
/// <param name="Type">Its type.</param>
/// <param name="Offset">Bytes from the struct's start.</param>
/// <param name="Size">Its bytes.</param>
internal sealed record ManagedField(
    string Name,
    [DynamicallyAccessedMembers(ManagedLayout.Needed)][property: DynamicallyAccessedMembers(ManagedLayout.Needed)] Type Type,
    int Offset,
    int Size);

/// <summary>
/// Where the fields of an unmanaged struct lie. Marshal.OffsetOf answers for the marshalled form, where a bool has four bytes and a char one, and
/// so is wrong here; this looks at the managed form itself, by setting one field at a time and seeing which bytes change.
/// </summary>
internal static class ManagedLayout
{
    internal const DynamicallyAccessedMemberTypes Needed =
        DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields;

    internal static bool IsFloat(Type type) => type == typeof(float) || type == typeof(double);

    /// <summary>A number, a truth value, a character, an enum: what has no fields of its own to compare.</summary>
    internal static bool IsScalar(Type type) => type.IsPrimitive || type.IsEnum || type.IsPointer
        || type == typeof(Int128) || type == typeof(UInt128);

    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "The types of fields of unmanaged structs are kept with their fields by the struct's use.")]
    internal static IReadOnlyList<ManagedField> FieldsOf([DynamicallyAccessedMembers(Needed)] Type type)
    {
        var fields = new List<ManagedField>();
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            var size = SizeOf(field.FieldType);
            fields.Add(new(NameOf(field), field.FieldType, OffsetOf(type, field, size), size));
        }

        return fields;
    }

    // "<Pid>k__BackingField" is the field of the property Pid.
    private static string NameOf(FieldInfo field) => field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;

    [UnconditionalSuppressMessage("Trimming", "IL2067", Justification = "An unmanaged struct needs no constructor to be made of zeros.")]
    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "The same for the type of its field.")]
    private static int OffsetOf([DynamicallyAccessedMembers(Needed)] Type type, FieldInfo field, int size)
    {
        var whole = RuntimeHelpers.GetUninitializedObject(type);
        var value = RuntimeHelpers.GetUninitializedObject(field.FieldType.IsPointer ? typeof(nint) : field.FieldType);
        BytesOf(value, size).Fill(0xff);
        field.SetValue(whole, value);
        return Math.Max(0, BytesOf(whole, SizeOf(type)).IndexOfAnyExcept((byte)0));
    }

    // SAFETY: the object is a boxed value of this many bytes, which begin where a class of one byte field would have it; the span does not
    // outlive the caller's reference to the box.
    private static Span<byte> BytesOf(object box, int size) =>
        System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref Unsafe.As<Box>(box).First, size);

#if NET9_0_OR_GREATER
    private static int SizeOf(Type type) => RuntimeHelpers.SizeOf(type.TypeHandle);
#else
    private static readonly MethodInfo s_sizeOf = typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!;

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Native AOT takes the .NET 10 build of this library.")]
    [UnconditionalSuppressMessage("Trimming", "IL2060", Justification = "Unsafe.SizeOf has no requirements.")]
    private static int SizeOf(Type type) => (int)s_sizeOf.MakeGenericMethod(type.IsPointer ? typeof(nint) : type).Invoke(null, null)!;
#endif

    private sealed class Box
    {
#pragma warning disable CS0649 // Never assigned: it is the name of the first byte of some other object.
        internal byte First;
#pragma warning restore CS0649
    }
}

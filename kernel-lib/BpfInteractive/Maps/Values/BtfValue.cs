namespace BpfInteractive;

/// <summary>
/// Bytes to .NET values and back by their BTF type. Integers become the .NET integer of their size and sign, <c>_Bool</c> becomes
/// <see cref="bool"/>, floats become <see cref="float"/> or <see cref="double"/>, pointers <see cref="ulong"/>, enums the name of their value (the number if
/// it has none), arrays of <c>char</c> text up to the first zero, arrays of other single bytes <c>byte[]</c>, other arrays .NET arrays, structs and
/// unions <see cref="BtfRecord"/>.
/// </summary>
/// <remarks>
/// Spin locks, timers and the like (<c>struct bpf_spin_lock</c>, <c>bpf_timer</c>, ...) are the kernel's own: they are left out when reading and
/// written as zeros, which the kernel ignores. Pure functions; any thread may call them.
/// </remarks>
public static class BtfValue
{
    /// <summary>Reads one value.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="bytes">At least the type's size.</param>
    /// <exception cref="ArgumentException">There are fewer bytes than the type has.</exception>
    public static object? Read(BtfType type, ReadOnlySpan<byte> bytes)
    {
        CheckLength(type, bytes.Length);
        return BtfValueReader.Read(type, bytes);
    }

    /// <summary>Writes one value.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="value">
    /// What <see cref="Read"/> gives; any integer that fits; for an enum also the number; for text a string or bytes; for a struct a
    /// <see cref="BtfRecord"/>, a dictionary, a tuple by position, or any object with the members as its properties or fields
    /// (<c>new { pid = 12, comm = "bash" }</c>). Every named member must be given, of a union at least one; an array may be given in part. Bytes of
    /// exactly the type's size are taken as they are.
    /// </param>
    /// <param name="bytes">At least the type's size; what the value does not cover becomes zero.</param>
    /// <exception cref="ArgumentException">The value does not fit the type; the message names the member.</exception>
    public static void Write(BtfType type, object? value, Span<byte> bytes) => Write(type, value, bytes, "the value");

    /// <summary>The same; the subject is what messages call the whole: "global 'target_pid'".</summary>
    internal static void Write(BtfType type, object? value, Span<byte> bytes, string subject)
    {
        CheckLength(type, bytes.Length);
        bytes.Clear();
        BtfValueWriter.Write(type, value, bytes, BtfPath.Root(subject));
    }

    /// <summary>One value as text: <c>{pid: 12, comm: "bash", flags: [1, 2], at: 0xffff888100000000}</c>.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="bytes">At least the type's size.</param>
    public static string Format(BtfType type, ReadOnlySpan<byte> bytes)
    {
        CheckLength(type, bytes.Length);
        return BtfValueText.Of(BtfValueReader.Read(type, bytes), type);
    }

    private static void CheckLength(BtfType type, int length)
    {
        if (length < type.SizeBytes)
        {
            throw new ArgumentException($"'{type}' has {type.SizeBytes} bytes, there are {length}");
        }
    }
}

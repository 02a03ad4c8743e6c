using System.Runtime.InteropServices;

namespace BpfInteractive.Tests.Maps;

/// <summary>Maps made by bpf(2) alone, without BTF, for tests of bytes.</summary>
internal static class RawMaps
{
    internal static BpfMap Make(BpfMapType type, int keySize, int valueSize, uint entries, BpfMapFlags flags = BpfMapFlags.None, string name = "raw") =>
        BpfMap.Create(new() { Type = type, KeySize = keySize, ValueSize = valueSize, MaxEntries = entries, Flags = flags, Name = name });

    internal static byte[] Bytes<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    internal static byte[] Bytes<T>(params ReadOnlySpan<T> values)
        where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();

    internal static T As<T>(byte[] bytes, int index = 0)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes)[index];
}

using System.Collections;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>A value that a caller gave, as the kernel's bytes. A map or program in it is held open until the kernel has taken it.</summary>
internal readonly ref struct HeldValue
{
    private readonly HandleLease _lease;
    private readonly bool _isHeld;

    private HeldValue(byte[] bytes) => Bytes = bytes;

    private HeldValue(HandleLease lease, int fd)
    {
        Bytes = BitConverter.GetBytes(fd);
        _lease = lease;
        _isHeld = true;
    }

    internal byte[] Bytes { get; }

    public void Dispose()
    {
        if (_isHeld)
        {
            _lease.Dispose();
        }
    }

    internal static HeldValue Of(BpfMap map, object? value) => (map.Type, value) switch
    {
        (BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps, BpfMap inner) => new(inner.Borrow(), inner.Fd),
        (BpfMapType.ProgArray, BpfProgram program) => new(program.Borrow(), program.Fd),
        (BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps, _) => throw Wanted(map, "a BpfMap", value),
        (BpfMapType.ProgArray, _) => throw Wanted(map, "a BpfProgram", value),
        _ => new(Encode(map, value)),
    };

    private static byte[] Encode(BpfMap map, object? value)
    {
        var bytes = new byte[map.ValueBufferSize];
        if (!map.IsPerCpu)
        {
            Plain.Write(map.ValueType, value, bytes, $"a value of {map.Subject}");
            return bytes;
        }

        var cpus = value is IEnumerable list and not string ? list.Cast<object?>().ToList() : [];
        if (cpus.Count != PossibleCpus.Count)
        {
            throw new ArgumentException($"{map.Subject} is {map.Traits.Noun}: it takes an array of {PossibleCpus.Count} values, one for each possible CPU", nameof(value));
        }

        for (var cpu = 0; cpu < cpus.Count; cpu++)
        {
            Plain.Write(map.ValueType, cpus[cpu], bytes.AsSpan(cpu * map.CpuStride, map.ValueSize), $"a value of {map.Subject}");
        }

        return bytes;
    }

    private static ArgumentException Wanted(BpfMap map, string what, object? value) =>
        new($"{map.Subject} is {map.Traits.Noun}: its values are set from {what}, not from {value?.GetType().Name ?? "null"}", nameof(value));
}

using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>A queue or a stack, emptied: there is no other way to see what is in it.</summary>
internal sealed class PoppingReader(BpfMap map) : MapReader(map)
{
    private readonly List<byte> _values = [];
    private readonly byte[] _value = new byte[map.ValueSize];
    private bool _done;

    internal override ReadOnlySpan<byte> Keys => default;

    internal override ReadOnlySpan<byte> Values => CollectionsMarshal.AsSpan(_values);

    internal override bool Next()
    {
        if (_done)
        {
            return false;
        }

        // No more than it can hold: programs may push as fast as we pop.
        for (_done = true; Count < Map.MaxEntries && Map.TryPop(_value); Count++)
        {
            _values.AddRange(_value);
        }

        return true;
    }
}

using System.Globalization;
using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Task storage: the kernel does not list who has some, so every thread in /proc is asked for its value. Keys are thread ids. Threads of other pid
/// namespaces are not seen.
/// </summary>
internal sealed unsafe class TaskStorageReader(BpfMap map) : MapReader(map)
{
    private readonly List<byte> _values = [];
    private readonly List<int> _ids = [];
    private bool _done;

    internal override ReadOnlySpan<byte> Keys => MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_ids));

    internal override ReadOnlySpan<byte> Values => CollectionsMarshal.AsSpan(_values);

    internal override bool Next()
    {
        if (_done)
        {
            return false;
        }

        _done = true;
        var value = new byte[Map.ValueSize];
        using var lease = Map.Borrow();
        foreach (var id in Threads())
        {
            Read(id, value);
        }

        Count = _ids.Count;
        return true;
    }

    private void Read(int id, byte[] value)
    {
        using var owner = StorageOwner.TryTask(id, out _);
        if (owner is null)
        {
            return; // it ended meanwhile
        }

        var key = owner.Fd;
        fixed (byte* v = value)
        {
            // SAFETY: the key is an int, as local storage has it, and the value has the map's size.
            if (Map.Found(MapSyscall.Lookup(Map.Fd, (byte*)&key, v, Map.ElementFlags), "read", BitConverter.GetBytes(id)))
            {
                _ids.Add(id);
                _values.AddRange(value);
            }
        }
    }

    private static IEnumerable<int> Threads()
    {
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                continue;
            }

            foreach (var thread in ThreadsOf(process))
            {
                yield return int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture);
            }
        }
    }

    private static string[] ThreadsOf(string process)
    {
        try
        {
            return Directory.GetDirectories(process + "/task");
        }
        catch (IOException)
        {
            return []; // it ended meanwhile
        }
    }
}

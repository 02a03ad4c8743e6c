using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Cgroup storage: every cgroup under the cgroup2 mount is asked for its value. Keys are the cgroups' paths.</summary>
internal sealed unsafe class CgroupStorageReader(BpfMap map) : MapReader(map)
{
    private readonly List<byte> _values = [];
    private readonly List<string> _paths = [];
    private bool _done;

    internal override ReadOnlySpan<byte> Keys => default;

    internal override ReadOnlySpan<byte> Values => CollectionsMarshal.AsSpan(_values);

    internal override IReadOnlyList<string> KeyTexts => _paths;

    internal override bool Next()
    {
        if (_done)
        {
            return false;
        }

        _done = true;
        var value = new byte[Map.ValueSize];
        using var lease = Map.Borrow();
        foreach (var path in Cgroups())
        {
            Read(path, value);
        }

        Count = _paths.Count;
        return true;
    }

    private void Read(string path, byte[] value)
    {
        var fd = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (fd < 0)
        {
            return; // removed meanwhile
        }

        using var handle = new FileDescriptor(fd);
        fixed (byte* v = value)
        {
            // SAFETY: the key is an int, as local storage has it, and the value has the map's size.
            if (Map.Found(MapSyscall.Lookup(Map.Fd, (byte*)&fd, v, Map.ElementFlags), "read", BitConverter.GetBytes(fd)))
            {
                _paths.Add(path);
                _values.AddRange(value);
            }
        }
    }

    private static IEnumerable<string> Cgroups()
    {
        var mount = File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).FirstOrDefault(fields => fields.Length > 2 && fields[2] == "cgroup2");
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return mount is null ? [] : Directory.EnumerateDirectories(mount[1], "*", options).Prepend(mount[1]);
    }
}

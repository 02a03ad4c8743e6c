using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>A cgroup, named by its folder as people name it.</summary>
internal static class CgroupFolder
{
    /// <summary>The number by which BPF programs know a cgroup of cgroup2: its folder's inode.</summary>
    /// <exception cref="BpfException">There is no such folder, or it is none of cgroup2.</exception>
    internal static ulong NumberOf(string folder)
    {
        if (!Libc.TryStat(Path.GetFullPath(folder), out var status))
        {
            throw new BpfException("sample", $"cgroup {folder}", Errno.Last);
        }

        return MountTable.Current.Any(mount => mount.Type == "cgroup2" && Libc.TryStat(mount.Path, out var root) && root.Device == status.Device)
            ? status.Inode
            : throw new BpfException("sample", $"cgroup {folder}", detail: "it is no folder of cgroup2, the only cgroups by which blocks, tracepoints and probes can be told apart", hint: "bpfi doctor shows where cgroup2 is mounted");
    }
}

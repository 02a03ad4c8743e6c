using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

internal static unsafe partial class LibBpf
{
    /// <summary>The CPUs that per-CPU maps have a value for, or a negative errno.</summary>
    [LibraryImport(Library)]
    internal static partial int libbpf_num_possible_cpus();

    [LibraryImport(Library)]
    internal static partial int bpf_map_lookup_elem(int fd, void* key, void* value);

    [LibraryImport(Library)]
    internal static partial int bpf_map_update_elem(int fd, void* key, void* value, ulong flags);
}

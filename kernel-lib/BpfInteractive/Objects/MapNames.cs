using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>The names of maps as the source has them.</summary>
internal static unsafe class MapNames
{
    /// <summary>
    /// libbpf calls the map of globals by the object's name and the section ("sample.rodata", cut to 15 letters for the kernel); here it is
    /// the section alone, whatever the object is called.
    /// </summary>
    internal static string Of(nint map)
    {
        var name = Marshal.PtrToStringUTF8((nint)LibBpf.bpf_map__name(map)) ?? "";
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && LibBpf.bpf_map__is_internal(map) ? name[dot..] : name;
    }
}

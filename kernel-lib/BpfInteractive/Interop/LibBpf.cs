using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>
/// libbpf's functions under their own names. Since 1.0 a function that returns int gives a negative errno, one that returns a
/// pointer gives null and sets errno (libbpf_legacy.h); <see cref="Errno"/> is the one place that reads either.
/// Each room keeps its own imports in a file of its own: LibBpf.Maps.cs, LibBpf.Links.cs and so on.
/// </summary>
internal static unsafe partial class LibBpf
{
    private const string Library = NativeLibraries.LibBpf;

    static LibBpf() => NativeLibraries.Register();

    [LibraryImport(Library)]
    internal static partial uint libbpf_major_version();

    [LibraryImport(Library)]
    internal static partial uint libbpf_minor_version();

    [LibraryImport(Library)]
    internal static partial delegate* unmanaged<int, byte*, void*, int> libbpf_set_print(delegate* unmanaged<int, byte*, void*, int> callback);
}

using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>Links that libbpf makes: those whose making is more than one system call.</summary>
internal static unsafe partial class LibBpf
{
    /// <summary>struct bpf_usdt_opts.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UsdtOptions
    {
        internal nuint Size;
        internal ulong Cookie;
    }

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint bpf_program__attach_usdt(
        nint program, int pid, string binaryPath, string provider, string name, UsdtOptions* options);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint bpf_map__attach_struct_ops(nint map);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint bpf_object__find_map_by_name(nint obj, string name);

    [LibraryImport(Library)]
    internal static partial int bpf_link__destroy(nint link);
}

using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>Formatting of what libbpf prints.</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Library)]
    internal static partial int vasprintf(byte** result, byte* format, void* arguments);

    [LibraryImport(Library)]
    internal static partial void free(void* pointer);
}

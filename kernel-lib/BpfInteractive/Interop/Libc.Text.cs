using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>Formatting of what libbpf prints.</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Library)]
    internal static partial int vsnprintf(byte* buffer, nuint size, byte* format, void* arguments);
}

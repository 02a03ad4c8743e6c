using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>The C++ runtime's own demangler (Itanium C++ ABI), in libstdc++ or libc++abi; optional.</summary>
internal static unsafe partial class CxxAbi
{
    private const string Library = "libstdc++.so.6";

    private static readonly Lazy<bool> s_available = new(() => NativeLibrary.TryLoad(Library, out _));

    internal static bool IsAvailable => s_available.Value;

    /// <summary>Demangles a zero-terminated name into a malloc'ed buffer, which the function may replace by a larger one; null when it is no such name.</summary>
    [LibraryImport(Library)]
    internal static partial byte* __cxa_demangle(byte* name, byte* buffer, nuint* length, int* status);
}

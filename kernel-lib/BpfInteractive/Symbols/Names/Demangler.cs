using System.Runtime.InteropServices;
using System.Text;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Turns linker names into the ones in the source: C++ by the runtime's own demangler, Rust (both schemes) by <see cref="RustDemangler"/>.
/// What it does not know it gives back as it is.
/// </summary>
/// <remarks>Thread-safe. Results are not cached here: who names frames keeps the names.</remarks>
internal static unsafe class Demangler
{
    /// <summary>Longer names than this stay mangled: hostile ones make the C++ demangler take exponential time.</summary>
    private const int LongestName = 8192;

    internal static string Demangle(string name)
    {
        if (name.Length is 0 or > LongestName)
        {
            return name;
        }

        return RustDemangler.TryDemangle(name, out var rust) ? rust : IsCxx(name) ? DemangleCxx(name) ?? name : name;
    }

    private static bool IsCxx(string name) =>
        (name.StartsWith("_Z", StringComparison.Ordinal) || name.StartsWith("___Z", StringComparison.Ordinal)) && CxxAbi.IsAvailable;

    private static string? DemangleCxx(string name)
    {
        // GCC's clones carry a suffix (".cold", ".isra.0") that the demangler puts in brackets by itself.
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(name.Length) + 1];
        var length = Encoding.UTF8.GetBytes(name, bytes);
        bytes[length] = 0;
        byte* result = null;
        try
        {
            // SAFETY: the name ends with a zero; with no buffer given the function returns one from malloc, freed below.
            fixed (byte* start = bytes)
            {
                int status;
                result = CxxAbi.__cxa_demangle(start, null, null, &status);
                return status == 0 && result is not null ? Marshal.PtrToStringUTF8((nint)result) : null;
            }
        }
        finally
        {
            NativeMemory.Free(result);
        }
    }
}

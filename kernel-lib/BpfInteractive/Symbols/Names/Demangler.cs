using System.Runtime.InteropServices;
using System.Text;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Turns linker names into the ones in the source: C++ by the runtime's own demangler, Rust by <see cref="RustDemangler"/> (legacy) and
/// <see cref="RustV0Demangler"/>. What it does not know it gives back as it is.
/// </summary>
/// <remarks>Thread-safe. Results are not cached here: who names frames keeps the names. Each thread keeps one buffer for the C++ demangler.</remarks>
internal static unsafe class Demangler
{
    /// <summary>Longer names than this stay mangled.</summary>
    private const int LongestName = 4096;

    /// <summary>C++ names that may become longer than this stay mangled.</summary>
    private const int LongestResult = 1 << 24;

    /// <summary>No thread keeps a larger buffer than this.</summary>
    private const int LargestBuffer = 1 << 16;

    [ThreadStatic]
    private static CxxBuffer? t_buffer;

    internal static string Demangle(ReadOnlySpan<byte> name)
    {
        name = WithoutVersion(name);
        if (name.Length is 0 or > LongestName || name[0] != '_')
        {
            return Encoding.UTF8.GetString(name);
        }

        // A stub is named for its function.
        if (name.EndsWith("@plt"u8))
        {
            return Demangle(name[..^4]) + "@plt";
        }

        if (name.StartsWith("_R"u8) || name.StartsWith("_ZN"u8))
        {
            var text = Encoding.UTF8.GetString(name);
            if (RustV0Demangler.TryDemangle(text, out var rust) || RustDemangler.TryDemangle(text, out rust))
            {
                return rust;
            }
        }

        return IsCxx(name) && (t_buffer ??= new CxxBuffer()).Demangle(name) is { } cxx ? cxx : Encoding.UTF8.GetString(name);
    }

    /// <summary>"clock_gettime@@GLIBC_2.17" is clock_gettime: the version is the symbol's and not the function's.</summary>
    private static ReadOnlySpan<byte> WithoutVersion(ReadOnlySpan<byte> name) =>
        name.IndexOf((byte)'@') is > 0 and var at && !name.EndsWith("@plt"u8) ? name[..at] : name;

    internal static string Demangle(string name) => Demangle(Encoding.UTF8.GetBytes(name));

    private static bool IsCxx(ReadOnlySpan<byte> name) =>
        (name.StartsWith("_Z"u8) || name.StartsWith("___Z"u8)) && CxxNameSize.IsAtMost(LongestResult, name) && CxxAbi.IsAvailable;

    /// <summary>Memory from malloc that the demangler writes to, and makes larger when it must; it goes with its thread.</summary>
    private sealed class CxxBuffer
    {
        private const int FirstSize = 4096;

        private readonly byte[] _name = new byte[LongestName + 1];
        private byte* _buffer = (byte*)NativeMemory.Alloc(FirstSize);
        private nuint _size = FirstSize;

        ~CxxBuffer() => NativeMemory.Free(_buffer);

        internal string? Demangle(ReadOnlySpan<byte> name)
        {
            name.CopyTo(_name);
            _name[name.Length] = 0;

            // SAFETY: the name ends with a zero. The buffer is from malloc (NativeMemory is malloc on Unix) with its size, and this thread's alone;
            // the function may replace it by realloc and then tells both.
            fixed (byte* start = _name)
            {
                int status;
                var size = _size;
                var result = CxxAbi.__cxa_demangle(start, _buffer, &size, &status);
                if (status != 0 || result is null)
                {
                    return null;
                }

                _buffer = result;
                _size = size;
                var text = Marshal.PtrToStringUTF8((nint)result);
                if (size > LargestBuffer)
                {
                    _buffer = (byte*)NativeMemory.Realloc(_buffer, FirstSize);
                    _size = FirstSize;
                }

                return text;
            }
        }
    }
}

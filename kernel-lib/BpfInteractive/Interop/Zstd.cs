using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>libzstd (part of every distribution whose packages are compressed by it); optional.</summary>
internal static unsafe partial class Zstd
{
    private const string Library = "libzstd.so.1";

    /// <summary>How a frame begins (RFC 8878, 3.1.1). What the format was before version 0.8 begins otherwise; the decoders for that are old, and not asked for anything.</summary>
    private const uint FrameMagic = 0xfd2fb528;

    private static readonly Lazy<bool> s_available = new(() => NativeLibrary.TryLoad(Library, out _));

    internal static bool IsAvailable => s_available.Value;

    /// <summary>Decompresses one frame, or several in a row, into a buffer that they fill.</summary>
    /// <returns>Null, or what is wrong with the frames.</returns>
    internal static string? Decompress(ReadOnlySpan<byte> input, Span<byte> output)
    {
        // SAFETY: both spans are pinned for the calls and their lengths go with them; an error's name is text of the library's own.
        fixed (byte* from = input, to = output)
        {
            for (nuint at = 0; at < (nuint)input.Length;)
            {
                if (!MemoryMarshal.TryRead<uint>(input[(int)at..], out var magic) || magic != FrameMagic)
                {
                    return "a part is no frame";
                }

                var length = ZSTD_findFrameCompressedSize(from + at, (nuint)input.Length - at);
                if (ZSTD_isError(length) != 0)
                {
                    return NameOf(length);
                }

                at += length;
            }

            var written = ZSTD_decompress(to, (nuint)output.Length, from, (nuint)input.Length);
            return ZSTD_isError(written) != 0 ? NameOf(written) : written != (nuint)output.Length ? "it is shorter than it says" : null;
        }
    }

    private static string NameOf(nuint code) => Marshal.PtrToStringUTF8((nint)ZSTD_getErrorName(code)) ?? "";

    [LibraryImport(Library)]
    private static partial nuint ZSTD_findFrameCompressedSize(byte* input, nuint inputSize);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_decompress(byte* output, nuint outputSize, byte* input, nuint inputSize);

    [LibraryImport(Library)]
    private static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    private static partial byte* ZSTD_getErrorName(nuint code);
}

using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>liblzma (part of every distribution, for dpkg, rpm and systemd use it); optional.</summary>
internal static unsafe partial class Lzma
{
    private const string Library = "liblzma.so.5";
    private const int LZMA_OK = 0;
    private const int LZMA_BUF_ERROR = 10;

    private static readonly Lazy<bool> s_available = new(() => NativeLibrary.TryLoad(Library, out _));

    internal enum Result
    {
        Ok,
        OutputTooSmall,
        Damaged,
    }

    internal static bool IsAvailable => s_available.Value;

    /// <summary>Decodes one .xz stream into a buffer, with a limit on the decoder's own memory.</summary>
    internal static Result Decode(ReadOnlySpan<byte> input, Span<byte> output, ulong memoryLimit, out int written)
    {
        nuint inputAt = 0, outputAt = 0;
        int result;

        // SAFETY: both spans are pinned for the call and their lengths go with them; no allocator (null) means malloc.
        fixed (byte* from = input, to = output)
        {
            result = lzma_stream_buffer_decode(&memoryLimit, 0, null, from, &inputAt, (nuint)input.Length, to, &outputAt, (nuint)output.Length);
        }

        written = (int)outputAt;
        return result switch
        {
            LZMA_OK => Result.Ok,
            LZMA_BUF_ERROR when inputAt < (nuint)input.Length || outputAt == (nuint)output.Length => Result.OutputTooSmall,
            _ => Result.Damaged,
        };
    }

    [LibraryImport(Library)]
    private static partial int lzma_stream_buffer_decode(
        ulong* memoryLimit, uint flags, void* allocator, byte* input, nuint* inputAt, nuint inputSize, byte* output, nuint* outputAt, nuint outputSize);
}

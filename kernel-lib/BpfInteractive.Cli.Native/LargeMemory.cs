using System.Runtime.InteropServices;

namespace BpfInteractive.Cli;

/// <summary>
/// Room in the C library's heap for what libbpf reads when it loads a program: the kernel's types, 5.5 MB, twice. Taken as huge pages, and handed out again from the heap rather than
/// given back, it costs a dozen page faults in the place of three thousand: a tenth of what a capture of some seconds takes on the CPUs.
/// </summary>
/// <remarks>Settings of glibc for the whole process, so for a program's start alone. Another C library, or a kernel without huge pages, goes on as before.</remarks>
internal static unsafe partial class LargeMemory
{
    private const int Bytes = 14 << 20;
    private const int HugePage = 2 << 20;
    private const int M_TRIM_THRESHOLD = -1;
    private const int M_MMAP_THRESHOLD = -3;
    private const int M_ARENA_MAX = -8;
    private const int MADV_HUGEPAGE = 14;

    internal static void Prepare()
    {
        if (!HasOneLargeHeap())
        {
            return;
        }

        // SAFETY: the block is this function's until it is freed; the whole huge pages within it are advised, and nothing in it is written or read.
        var block = (byte*)NativeMemory.Alloc(Bytes);
        var first = (byte*)(((nuint)block + HugePage - 1) & ~(nuint)(HugePage - 1));
        _ = madvise(first, (nuint)(block + Bytes - first) & ~(nuint)(HugePage - 1), MADV_HUGEPAGE);
        NativeMemory.Free(block);
    }

    /// <summary>Has glibc use one heap for all threads, that no free block of this size leaves.</summary>
    private static bool HasOneLargeHeap()
    {
        try
        {
            return mallopt(M_ARENA_MAX, 1) != 0 && mallopt(M_MMAP_THRESHOLD, 2 * Bytes) != 0 && mallopt(M_TRIM_THRESHOLD, 2 * Bytes) != 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // musl has no such settings.
        }
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);
}

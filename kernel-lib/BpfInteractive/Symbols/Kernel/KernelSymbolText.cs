namespace BpfInteractive;

/// <summary>The kernel's symbols as text, from /proc/kallsyms or, where that shows zeros, from an iterator that writes the same lines.</summary>
internal static class KernelSymbolText
{
    private const string Kallsyms = "/proc/kallsyms";

    /// <summary>The functions that the file lists, or those of them that are wanted; null where this user sees no addresses there, empty where this kernel has no such file.</summary>
    internal static KernelCode? ReadKallsyms(ulong[]? wanted)
    {
        try
        {
            using var text = new FileStream(Kallsyms, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            return KernelSymbolTable.Read(text, wanted);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return KernelCode.None;
        }
    }

    /// <summary>The same lines by a program in the kernel; null where this user may not load it, or the kernel has no such iterator.</summary>
    internal static byte[]? TryReadIterator()
    {
        try
        {
            using var loaded = OpenBpfObject.Open(EmbeddedPrograms.Open("kernel_symbols"), "kernel_symbols").Load();
            using var link = loaded.Programs[0].AttachIterator();
            using var file = link.OpenIterator();
            using var text = new MemoryStream();
            IteratorReader.Read(file, "the iterator over the kernel's symbols", part => text.Write(part), CancellationToken.None);
            return text.ToArray();
        }
        catch (Exception e) when (e is BpfException or UnsupportedFeatureException)
        {
            return null;
        }
    }
}

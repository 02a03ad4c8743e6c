using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Hands a checked object file to libbpf.</summary>
internal static unsafe class ObjectOpener
{
    /// <summary>Far above any object; a file given by mistake is not read whole.</summary>
    private const long LargestFile = 256 << 20;

    internal static BpfObjectHandle Open(ObjectImage image, string name, OpenObjectOptions options)
    {
        using var messages = LibBpfMessages.Capture();
        using var pin = image.Elf.Bytes.Pin();
        using var nameText = new NativeText(name);
        using var kconfig = new NativeText(options.Kconfig);
        using var btfPath = new NativeText(options.CustomBtfPath);
        var native = new LibBpf.ObjectOpenOptions
        {
            Size = (nuint)sizeof(LibBpf.ObjectOpenOptions),
            ObjectName = nameText.Pointer,
            Kconfig = kconfig.Pointer,
            BtfCustomPath = btfPath.Pointer,
        };

        // SAFETY: the bytes are pinned for the call; libbpf copies what it keeps (bpf_object__elf_finish forgets the buffer).
        var pointer = LibBpf.bpf_object__open_mem(pin.Pointer, (nuint)image.Elf.Bytes.Length, &native);
        var errno = Errno.Last;
        return pointer != 0 ? new BpfObjectHandle(pointer) : throw LoadFailure.OfOpen(image.Elf.Subject, errno, messages.Lines);
    }

    internal static byte[] ReadFile(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > LargestFile)
            {
                throw new ObjectFormatException($"object file '{path}'", $"it has {file.Length} bytes, more than {LargestFile}");
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BpfException("read", $"object file '{path}'", 0, Reason(error), null, error);
        }
    }

    private static string Reason(Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "it is a directory, or this process may not read it",
        _ => error.Message,
    };

    /// <summary>A text as C wants it, for the length of a call.</summary>
    private readonly ref struct NativeText(string? text)
    {
        internal byte* Pointer { get; } = (byte*)Marshal.StringToCoTaskMemUTF8(text);

        public void Dispose() => Marshal.FreeCoTaskMem((nint)Pointer);
    }
}

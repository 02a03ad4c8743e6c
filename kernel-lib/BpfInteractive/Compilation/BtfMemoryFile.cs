using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>BTF in a file without a name, for libbpf's <c>btf_custom_path</c>; gone when disposed.</summary>
internal sealed class BtfMemoryFile : IDisposable
{
    private readonly FileDescriptor _file;

    internal BtfMemoryFile(ReadOnlySpan<byte> bytes)
    {
        _file = new FileDescriptor((int)Errno.ThrowIfMinusOne(Libc.memfd_create("bpfi-btf", Libc.MFD_CLOEXEC), "make", "a file in memory"));
        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(_file.Value, ownsHandle: false);
        RandomAccess.Write(handle, bytes, 0);
    }

    /// <summary>The kernel's types as far as an object's relocations need them; null where the object needs the whole, or none.</summary>
    internal static BtfMemoryFile? ForKernelTypesOf(ObjectImage image)
    {
        if (image.Extension is not { Core.Count: > 0 } || !File.Exists(BtfData.KernelPath))
        {
            return null;
        }

        return BtfTrimmer.TrimFor(image, BtfData.Kernel) is { } bytes ? new BtfMemoryFile(bytes) : null;
    }

    /// <summary>A path that works in this process.</summary>
    internal string Path => $"/proc/self/fd/{_file.Value}";

    public void Dispose() => _file.Dispose();
}

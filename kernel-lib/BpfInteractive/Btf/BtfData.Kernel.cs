using BpfInteractive.Interop;

namespace BpfInteractive;

public sealed partial class BtfData
{
    /// <summary>Where a kernel built with CONFIG_DEBUG_INFO_BTF shows its types.</summary>
    internal const string KernelPath = "/sys/kernel/btf/vmlinux";

    private static readonly Lazy<BtfData> s_kernel = new(OpenKernel, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>
    /// The types of the running kernel, mapped from /sys/kernel/btf/vmlinux at the first use and kept for the life of the process
    /// (about 5.5 MB of shared pages, and 1.5 MB for its index).
    /// </summary>
    /// <exception cref="UnsupportedFeatureException">The kernel has no BTF.</exception>
    public static BtfData Kernel => s_kernel.Value;

    /// <summary>Maps raw BTF from a file and reads it; the mapping stays. Only for what the kernel itself vouches for: it is not validated whole.</summary>
    internal static unsafe BtfData Map(string path)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        if (length is <= 0 or > int.MaxValue)
        {
            throw new BtfFormatException("BTF", -1, $"{path} is {length} bytes long");
        }

        // MAP_SHARED is refused for this file (kernel/bpf/sysfs_btf.c); older kernels (before 6.16) cannot map it at all.
        var address = Libc.mmap(0, (nuint)length, Libc.PROT_READ, Libc.MAP_PRIVATE | Libc.MAP_POPULATE, (int)file.DangerousGetHandle(), 0);
        if (address == Libc.MAP_FAILED)
        {
            return new BtfData(new BtfImage(File.ReadAllBytes(path)), null, validate: false);
        }

        // SAFETY: the mapping has this length and is never undone.
        return new BtfData(new BtfImage((byte*)address, (int)length), null, validate: false);
    }

    private static BtfData OpenKernel()
    {
        try
        {
            return Map(KernelPath);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new UnsupportedFeatureException(
                "kernel BTF",
                error is UnauthorizedAccessException ? $"{KernelPath} may not be read" : $"there is no {KernelPath}",
                "run a kernel built with CONFIG_DEBUG_INFO_BTF (every current distribution's is), with /sys mounted",
                "Linux 5.4");
        }
    }
}

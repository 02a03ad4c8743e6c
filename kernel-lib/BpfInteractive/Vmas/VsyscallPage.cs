using System.Text;

namespace BpfInteractive;

/// <summary>
/// The line [vsyscall] that ends /proc/PID/maps on x86-64. No VMA stands behind it: the kernel adds the line for every 64-bit process alike,
/// and engines that walk VMAs do not meet it. So that all engines give the same rows, it is added here, as it is in this process.
/// </summary>
internal static class VsyscallPage
{
    private const ulong FourGiB = 1UL << 32;
    private const ulong HighestUserAddress = 0x00ff_ffff_ffff_ffff;

    private static readonly Lazy<string?> s_line = new(() => File.ReadLines("/proc/self/maps").LastOrDefault(line => line.EndsWith("[vsyscall]", StringComparison.Ordinal)));

    /// <summary>Adds the row, if this kernel has one and the process is a 64-bit one (it has memory above 4 GiB).</summary>
    internal static void AddTo(VmaTable table, VmaOptions options)
    {
        if (s_line.Value is not { } text || !ProcMapsParser.TryParse(Encoding.ASCII.GetBytes(text), out var line))
        {
            return;
        }

        var is64Bit = options.From > HighestUserAddress || table.HasAddressAbove(FourGiB);
        if (is64Bit && options.Wants(line.End, line.Permissions, isFile: false))
        {
            var name = table.AddName(new VmaName { Kind = VmaKind.Vsyscall, Path = line.Name.ToArray() });
            table.Add(line.Start, line.End, line.Permissions, line.Offset, name);
        }
    }
}

using System.Globalization;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// The kernel's code in every 64-bit process, [vdso], from this process's own memory. All 64-bit processes of one boot have the same pages.
/// </summary>
internal static class VdsoImage
{
    private const ulong LargestImage = 1 << 20;

    private static readonly Lazy<byte[]?> s_own = new(() => Read("/proc/self"));
    private static readonly Lazy<BuildId> s_buildId = new(ReadBuildId);

    /// <summary>The image; null where the kernel has none (vdso=0), or it cannot be read.</summary>
    internal static byte[]? Own => s_own.Value;

    /// <summary>Its build id, by which a capture is told from that of another kernel; empty where there is none.</summary>
    internal static BuildId OwnBuildId => s_buildId.Value;

    private static BuildId ReadBuildId()
    {
        try
        {
            using var elf = Own is { } image ? ElfFile.Parse(image) : null;
            return elf?.ReadBuildId() ?? default;
        }
        catch (SymbolFileException)
        {
            return default;
        }
    }

    private static byte[]? Read(string folder)
    {
        try
        {
            foreach (var text in File.ReadLines(folder + "/maps").Where(line => line.EndsWith("[vdso]", StringComparison.Ordinal)))
            {
                if (ProcMapsParser.TryParse(Encoding.ASCII.GetBytes(text), out var line) && line.End - line.Start <= LargestImage)
                {
                    return ReadMemory(folder, (long)line.Start, (int)(line.End - line.Start));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }

        return null;
    }

    private static byte[]? ReadMemory(string folder, long start, int length)
    {
        using var memory = File.OpenHandle(string.Create(CultureInfo.InvariantCulture, $"{folder}/mem"));
        var image = new byte[length];
        return RandomAccess.Read(memory, image, start) == length ? image : null;
    }
}

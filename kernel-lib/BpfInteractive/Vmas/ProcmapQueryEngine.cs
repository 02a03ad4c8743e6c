using System.Globalization;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Engine <c>procmap-query</c>: asks /proc/PID/maps for one VMA after another by ioctl, and for the build id of each file once.</summary>
internal sealed class ProcmapQueryEngine : ProcEngine
{
    private const int ENOTTY = 25;
    private const int ENAMETOOLONG = 36;

    private static readonly Lazy<string?> s_whyUnavailable = new(Probe);

    internal override VmaEngine Engine => VmaEngine.ProcmapQuery;

    public override string? WhyUnavailable() => s_whyUnavailable.Value;

    private protected override void AddVsyscall(VmaTable table, VmaOptions options) => VsyscallPage.AddTo(table, options);

    private protected override int Fill(ProcMapsFile file, VmaTable table, VmaTextNames names, VmaOptions options)
    {
        var name = new byte[4096];
        var seen = 0;
        for (var address = options.From; ; seen++)
        {
            var query = new ProcmapQuery { Address = address, Flags = FlagsOf(options) };
            var errno = file.Query(ref query, name, default);
            var truncated = errno == ENAMETOOLONG;
            if (truncated)
            {
                query = new ProcmapQuery { Address = address, Flags = FlagsOf(options) };
                errno = file.Query(ref query, default, default);
            }

            if (errno is Errno.ENOENT or Errno.ESRCH)
            {
                return seen;
            }

            Errno.ThrowIfNegative(-errno, "query the VMAs of", "the process through /proc/PID/maps (PROCMAP_QUERY)");
            Add(query, truncated ? default : name.AsSpan(0, (int)Math.Max(query.NameSize, 1) - 1), truncated, file, table, names, options);
            address = query.End;
        }
    }

    private static void Add(
        in ProcmapQuery vma, ReadOnlySpan<byte> name, bool truncated, ProcMapsFile file, VmaTable table, VmaTextNames names, VmaOptions options)
    {
        var permissions = (int)vma.VmaFlags & 15;
        var device = (vma.DeviceMajor << 20) | vma.DeviceMinor;
        var start = vma.Start;
        var wantsBuildId = options.BuildIds && vma.Inode != 0;
        var number = names.NumberOf(name, device, vma.Inode, truncated, wantsBuildId ? () => BuildIdAt(start, file) : null);
        table.Add(vma.Start, vma.End, permissions, vma.Offset, number);
    }

    private static byte[]? BuildIdAt(ulong start, ProcMapsFile file)
    {
        var id = new byte[32];
        var query = new ProcmapQuery { Address = start };
        return file.Query(ref query, default, id) == 0 && query.BuildIdSize is > 0 and <= 32 ? id[..(int)query.BuildIdSize] : null;
    }

    private static ulong FlagsOf(VmaOptions options) =>
        ProcmapQuery.CoveringOrNextFlag |
        (options.ExecutableOnly ? ProcmapQuery.ExecutableFlag : 0) |
        (options.FileBackedOnly ? ProcmapQuery.FileBackedFlag : 0);

    private static string? Probe()
    {
        using var file = ProcMapsFile.Open(Environment.ProcessId, "/proc/self");
        var query = new ProcmapQuery { Flags = ProcmapQuery.CoveringOrNextFlag };
        return file.Query(ref query, default, default) switch
        {
            0 => null,
            ENOTTY => "this kernel has no PROCMAP_QUERY ioctl (since Linux 6.11)",
            var errno => string.Create(CultureInfo.InvariantCulture, $"PROCMAP_QUERY on the caller's own maps gave {Errno.Describe(errno)}"),
        };
    }
}

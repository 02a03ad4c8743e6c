using System.Globalization;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>The folder that paths of this process begin at.</summary>
internal static class OwnRoot
{
    private static readonly Lazy<(uint Namespace, uint Device, ulong Inode)> s_own = new(Read);

    /// <summary>Whether a root, as the kernel tells of it, is this process's own.</summary>
    internal static bool Is(uint mountNamespace, uint device, ulong inode) => mountNamespace != 0 && s_own.Value == (mountNamespace, device, inode);

    private static (uint Namespace, uint Device, ulong Inode) Read()
    {
        // "mnt:[4026531841]"
        var text = File.ResolveLinkTarget("/proc/self/ns/mnt", returnFinalTarget: false)?.Name ?? "";
        using var root = Libc.OpenForReading("/");
        return text.IndexOf('[', StringComparison.Ordinal) is >= 0 and var open
            && uint.TryParse(text.AsSpan(open + 1).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && !root.IsInvalid && Libc.TryStat((int)root.DangerousGetHandle(), out var status)
            ? (number, status.Device, status.Inode)
            : default;
    }
}

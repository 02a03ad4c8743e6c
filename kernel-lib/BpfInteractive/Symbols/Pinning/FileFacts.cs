using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>What an open file is, to be held against what was mapped.</summary>
internal readonly record struct FileFacts(uint Device, ulong Inode, long SizeBytes, long ModifiedNs, BuildId BuildId, long? CodeBias)
{
    /// <summary>Asks an open file; null with a reason when it is none that may be used.</summary>
    internal static FileFacts? Of(SafeFileHandle file, out FrameReason reason)
    {
        reason = FrameReason.FileGone;
        if (!Libc.TryStat((int)file.DangerousGetHandle(), out var status))
        {
            return null;
        }

        // A pipe, a device or a folder took the file's place.
        if (!status.IsRegular)
        {
            reason = FrameReason.BuildIdDiffers;
            return null;
        }

        try
        {
            using var elf = ElfFile.Borrow(file);
            reason = FrameReason.None;
            return new FileFacts(status.Device, status.Inode, (long)status.Size, status.ModifiedNs, elf.ReadBuildId(), AddressMap.BiasOf(elf.Segments));
        }
        catch (SymbolFileException damage)
        {
            reason = damage.Reason;
            return null;
        }
    }

    /// <summary>
    /// Whether this is the file that was mapped. The build id decides where it is known. Otherwise device, inode, size and time must be the same;
    /// what was opened through the mapping itself needs no more than device and inode.
    /// </summary>
    /// <param name="wanted">The file as it was mapped.</param>
    /// <param name="throughMapping">Whether it was opened through the mapping, or is held since: its inode is nobody else's then.</param>
    /// <param name="atRange">Whether it was just opened through the very range that was told: then the number of an inode is enough, whatever the device is.</param>
    /// <remarks>On an overlay /proc and BPF tell the overlay's device and inode, or those of the layer below; stat(2) tells the layer's inode under a device of its own making.
    /// On btrfs stat(2) tells another device than the mapping (a subvolume's own): there inode, size and time together decide.</remarks>
    /// <returns><see cref="FrameReason.None"/>, or why not.</returns>
    internal FrameReason Compare(ProfileFile wanted, bool throughMapping, bool atRange = false)
    {
        if (!wanted.BuildId.IsEmpty)
        {
            return BuildId.IsSameBuild(wanted.BuildId) ? FrameReason.None : FrameReason.BuildIdDiffers;
        }

        if (wanted.Inode == 0)
        {
            return FrameReason.NotComparable;
        }

        var isKnown = wanted.SizeBytes is not null && wanted.ModifiedNs is not null;
        var isSameContent = (wanted.SizeBytes ?? SizeBytes) == SizeBytes && (wanted.ModifiedNs ?? ModifiedNs) == ModifiedNs;
        var isSameInode = IsInode(wanted.Device, wanted.Inode) || (wanted.KernelInode is { } lower && IsInode(wanted.KernelDevice ?? 0, lower));
        var isSameNumber = Inode == wanted.Inode || Inode == wanted.KernelInode;
        if (!isSameContent || (!isSameInode && !(isSameNumber && (isKnown || atRange))))
        {
            return FrameReason.BuildIdDiffers;
        }

        return throughMapping || isKnown ? FrameReason.None : FrameReason.NotComparable;
    }

    private bool IsInode(uint device, ulong inode) => Inode == inode && (device == 0 || Device == device);
}

using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>What an open file is, to be held against what was mapped.</summary>
internal readonly record struct FileFacts(uint Device, ulong Inode, long SizeBytes, long ModifiedNs, BuildId BuildId)
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
            return new FileFacts(status.Device, status.Inode, (long)status.Size, status.ModifiedNs, elf.ReadBuildId());
        }
        catch (SymbolFileException)
        {
            reason = FrameReason.Unreadable;
            return null;
        }
    }

    /// <summary>
    /// Whether this is the file that was mapped. The build id decides where it is known. Otherwise device, inode, size and time must be the same;
    /// what was opened through the mapping itself needs no more than device and inode.
    /// </summary>
    /// <remarks>On btrfs stat(2) tells another device than the mapping (a subvolume's own): there inode, size and time together decide.</remarks>
    /// <returns><see cref="FrameReason.None"/>, or why not.</returns>
    internal FrameReason Compare(ProfileFile wanted, bool throughMapping)
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
        if (!isSameContent || (!isSameInode && !(isKnown && Inode == wanted.Inode)))
        {
            return FrameReason.BuildIdDiffers;
        }

        return throughMapping || isKnown ? FrameReason.None : FrameReason.NotComparable;
    }

    private bool IsInode(uint device, ulong inode) => Inode == inode && (device == 0 || Device == device);
}

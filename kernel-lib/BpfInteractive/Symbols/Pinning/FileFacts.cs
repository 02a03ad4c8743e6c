using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>What an open file is, to be held against what was mapped.</summary>
internal readonly record struct FileFacts(uint Device, ulong Inode, long SizeBytes, long ModifiedNs, BuildId BuildId)
{
    /// <summary>Asks an open file; null with a reason when it is none that may be used.</summary>
    internal static FileFacts? Of(SafeFileHandle file, out NameReason reason)
    {
        reason = NameReason.FileGone;
        if (!Libc.TryStat((int)file.DangerousGetHandle(), out var status))
        {
            return null;
        }

        // A pipe, a device or a folder took the file's place.
        if (!status.IsRegular)
        {
            reason = NameReason.BuildIdDiffers;
            return null;
        }

        try
        {
            using var elf = ElfFile.Borrow(file);
            reason = NameReason.Named;
            return new FileFacts(status.Device, status.Inode, (long)status.Size, status.ModifiedNs, elf.ReadBuildId());
        }
        catch (SymbolFileException)
        {
            reason = NameReason.Damaged;
            return null;
        }
    }

    /// <summary>
    /// Whether this is the file that was mapped. The build id decides where it is known. Otherwise device, inode, size and time must be the same;
    /// what was opened through the mapping itself needs no more than device and inode.
    /// </summary>
    /// <remarks>On btrfs stat(2) tells another device than the mapping (a subvolume's own): there inode, size and time together decide.</remarks>
    /// <returns><see cref="NameReason.Named"/>, or why not.</returns>
    internal NameReason Compare(ModuleFile wanted, bool throughMapping)
    {
        if (!wanted.BuildId.IsEmpty)
        {
            return BuildId.IsSameBuild(wanted.BuildId) ? NameReason.Named : NameReason.BuildIdDiffers;
        }

        if (wanted.Inode == 0)
        {
            return NameReason.NotComparable;
        }

        var isKnown = wanted.SizeBytes is not null && wanted.ModifiedNs is not null;
        var isSameContent = (wanted.SizeBytes ?? SizeBytes) == SizeBytes && (wanted.ModifiedNs ?? ModifiedNs) == ModifiedNs;
        var isSameInode = IsInode(wanted.Device, wanted.Inode) || (wanted.LowerInode != 0 && IsInode(wanted.LowerDevice, wanted.LowerInode));
        if (!isSameContent || (!isSameInode && !(isKnown && Inode == wanted.Inode)))
        {
            return NameReason.BuildIdDiffers;
        }

        return throughMapping || isKnown ? NameReason.Named : NameReason.NotComparable;
    }

    private bool IsInode(uint device, ulong inode) => Inode == inode && (device == 0 || Device == device);
}

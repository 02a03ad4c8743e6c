using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>
/// Finds the separate debug file of a stripped one: by its build id under a debug folder, else by its debug link. A file found is taken only
/// when its build id, or its checksum, is the one that was looked for.
/// </summary>
internal sealed class DebugFiles(IReadOnlyList<string> folders)
{
    /// <summary>The largest file that a checksum is made of.</summary>
    private const long LargestLinked = 4L << 30;

    /// <summary>The debug file; null when there is none, or none that may be used.</summary>
    /// <param name="file">The stripped file.</param>
    /// <param name="buildId">Its build id; may be empty.</param>
    /// <param name="path">Where it is, for the debug link.</param>
    internal ElfFile? Find(ElfFile file, BuildId buildId, string path)
    {
        var byBuildId = buildId.IsEmpty ? [] : folders.Select(folder => PathOf(folder, buildId));
        foreach (var candidate in byBuildId)
        {
            if (TryOpen(candidate, out var handle) && Parse(handle) is { } found)
            {
                if (found.ReadBuildId() == buildId)
                {
                    return found;
                }

                found.Dispose();
            }
        }

        return FindLinked(file, path);
    }

    /// <summary>Where a build id's debug file is by convention: FOLDER/.build-id/ab/cdef.debug.</summary>
    internal static string PathOf(string folder, BuildId buildId)
    {
        var digits = buildId.ToString();
        return $"{folder}/.build-id/{digits[..2]}/{digits[2..]}.debug";
    }

    private ElfFile? FindLinked(ElfFile file, string path)
    {
        if (Path.GetDirectoryName(path) is not { Length: > 0 } folder || DebugLink.Read(file) is not { } link)
        {
            return null;
        }

        string[] candidates =
        [
            $"{folder}/{link.FileName}", $"{folder}/.debug/{link.FileName}", .. folders.Select(root => $"{root}{folder}/{link.FileName}"),
        ];
        foreach (var candidate in candidates)
        {
            if (!TryOpen(candidate, out var handle))
            {
                continue;
            }

            if (HasChecksum(handle, link.Checksum))
            {
                return Parse(handle);
            }

            handle.Dispose();
        }

        return null;
    }

    private static bool HasChecksum(SafeFileHandle handle, uint checksum)
    {
        try
        {
            return Crc32.OfFile(handle, LargestLinked) == checksum;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool TryOpen(string path, out SafeFileHandle handle)
    {
        handle = Libc.OpenForReading(path);
        if (!handle.IsInvalid && Libc.TryStat((int)handle.DangerousGetHandle(), out var status) && status.IsRegular)
        {
            return true;
        }

        handle.Dispose();
        return false;
    }

    /// <summary>A damaged debug file is none: the file's own tables name what they can.</summary>
    private static ElfFile? Parse(SafeFileHandle handle)
    {
        try
        {
            return ElfFile.Open(handle);
        }
        catch (SymbolFileException)
        {
            return null;
        }
    }
}

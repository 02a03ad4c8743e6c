using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>
/// Finds the separate debug file of a stripped one: by its build id under a debug folder, else by its debug link, else from a server. A file found is taken only
/// when its build id, or its checksum, is the one that was looked for.
/// </summary>
internal sealed class DebugFiles(IReadOnlyList<string> folders, DebuginfodClient? remote = null)
{
    /// <summary>The largest file that a checksum is made of.</summary>
    private const long LargestLinked = 4L << 30;

    /// <summary>The debug file; null when there is none, or none that may be used.</summary>
    /// <param name="file">The stripped file.</param>
    /// <param name="buildId">Its build id; may be empty.</param>
    /// <param name="path">Where it is, for the debug link.</param>
    /// <param name="token">Ends the fetching.</param>
    /// <param name="reason">Why a server gave none; <see cref="FrameReason.None"/> where none was asked.</param>
    internal ElfFile? Find(ElfFile file, BuildId buildId, string path, CancellationToken token, out FrameReason reason)
    {
        reason = FrameReason.None;
        return FindHere(buildId) ?? FindLinked(file, path) ?? Fetch(buildId, token, out reason);
    }

    /// <summary>The debug file of a program that is not here.</summary>
    internal ElfFile? Find(BuildId buildId, CancellationToken token, out FrameReason reason)
    {
        reason = FrameReason.None;
        return FindHere(buildId) ?? Fetch(buildId, token, out reason);
    }

    /// <summary>The file that debug files share parts with (dwz), by the path and the build id that they tell.</summary>
    internal ElfFile? FindSupplement(string path, BuildId buildId, CancellationToken token) =>
        FindHere(buildId)
        ?? (path.StartsWith('/') ? OpenBuild(path, buildId) : null)
        ?? folders.Select(folder => OpenBuild($"{folder}/.dwz/{Path.GetFileName(path)}", buildId)).FirstOrDefault(found => found is not null)
        ?? Fetch(buildId, token, out _);

    private ElfFile? FindHere(BuildId buildId) =>
        buildId.IsEmpty ? null : folders.Select(folder => OpenBuild(PathOf(folder, buildId), buildId)).FirstOrDefault(found => found is not null);

    private ElfFile? Fetch(BuildId buildId, CancellationToken token, out FrameReason reason)
    {
        (var path, reason) = buildId.IsEmpty || remote is null ? default : remote.Find(buildId, DebuginfodClient.DebugFile, token);
        return path is null ? null : OpenBuild(path, buildId);
    }

    /// <summary>A file if it is of that build.</summary>
    private static ElfFile? OpenBuild(string path, BuildId buildId)
    {
        if (!TryOpen(path, out var handle) || Parse(handle) is not { } found)
        {
            return null;
        }

        try
        {
            if (found.ReadBuildId() == buildId)
            {
                return found;
            }
        }
        catch (SymbolFileException)
        {
            // Damaged: as good as none.
        }

        found.Dispose();
        return null;
    }

    /// <summary>A file of whatever build; null where there is none that can be read.</summary>
    internal static ElfFile? Open(string path) => TryOpen(path, out var handle) ? Parse(handle) : null;

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

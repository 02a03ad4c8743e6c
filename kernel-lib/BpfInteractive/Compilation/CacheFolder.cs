using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Files kept from one process to the next, in $XDG_CACHE_HOME/bpfinteractive or ~/.cache/bpfinteractive. What is in it gets loaded into the kernel, so
/// only a folder and files of our own that nobody else may write are trusted; anything else means: no cache, never an error.
/// </summary>
internal static class CacheFolder
{
    private const long MaxBytes = 64 << 20;
    private const int MaxFiles = 1000;
    private const int OthersMayWrite = 0b010_010;

    /// <summary>A file's bytes; null when it is not there or not to be trusted.</summary>
    internal static byte[]? TryRead(string room, string key)
    {
        try
        {
            return Find(room) is { } folder && Path.Combine(folder, key) is var path && IsOurs(path) ? File.ReadAllBytes(path) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a file; it appears whole or not at all.</summary>
    internal static void Write(string room, string key, ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (Find(room) is not { } folder)
            {
                return;
            }

            var path = Path.Combine(folder, key);
            var temporary = $"{path}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.new";
            using (var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(file, bytes, 0);
            }

            File.Move(temporary, path, overwrite: true);
            Trim(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A full disk or a folder that went away costs speed alone.
        }
    }

    private static string? Find(string room)
    {
        var home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set && Path.IsPathRooted(set)
            ? set
            : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } user && Path.IsPathRooted(user) ? Path.Combine(user, ".cache") : null;
        if (home is null)
        {
            return null;
        }

        var top = Path.Combine(home, "bpfinteractive");
        var folder = Path.Combine(top, room);
        if (!Directory.Exists(folder))
        {
            const uint Private = 0b111_000_000;
            Directory.CreateDirectory(home);
            _ = Libc.mkdir(top, Private);
            _ = Libc.mkdir(folder, Private);
        }

        return IsOurs(top) && IsOurs(folder) ? folder : null;
    }

    /// <summary>Whether a file or folder (no link) belongs to us and nobody else may write to it.</summary>
    private static unsafe bool IsOurs(string path)
    {
        const int currentFolder = -100;
        const int noFollow = 0x100;
        const uint basics = 0x7ff;
        const int uidAt = 20;
        const int modeAt = 28;
        var status = stackalloc byte[256];
        if (Libc.statx(currentFolder, path, noFollow, basics, status) != 0)
        {
            return false;
        }

        var mode = *(ushort*)(status + modeAt);
        return *(uint*)(status + uidAt) == Libc.geteuid_of_caller() && (mode & OthersMayWrite) == 0 && (mode & 0xf000) is 0x8000 or 0x4000;
    }

    private static void Trim(string folder)
    {
        var files = new DirectoryInfo(folder).GetFiles();
        var bytes = files.Sum(static file => file.Length);
        if (bytes <= MaxBytes && files.Length <= MaxFiles)
        {
            return;
        }

        // Down to half, oldest first, so that this is rare.
        foreach (var file in files.OrderBy(static file => file.LastWriteTimeUtc))
        {
            bytes -= file.Length;
            file.Delete();
            if (bytes <= MaxBytes / 2)
            {
                return;
            }
        }
    }
}

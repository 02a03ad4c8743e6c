namespace BpfInteractive;

/// <summary>
/// Files that were fetched, as FOLDER/BUILDID/KIND, within a number of bytes: the one used longest ago goes first. A file appears whole or not at all. What no server had
/// is noted beside them for a while, with the servers that were asked.
/// </summary>
/// <remarks>Thread-safe, and several processes may share a folder.</remarks>
internal sealed class DebuginfodCache
{
    private const string MissingSuffix = ".missing";
    private const string PartSuffix = ".part";
    private static readonly TimeSpan s_longestPart = TimeSpan.FromDays(1);

    private readonly object _lock = new();
    private readonly string _folder;
    private readonly long _limitBytes;
    private readonly TimeSpan _missingFor;

    /// <exception cref="IOException">The folder cannot be made.</exception>
    internal DebuginfodCache(DebuginfodOptions options)
    {
        _folder = options.CacheFolder ?? DefaultFolder();
        (_limitBytes, _missingFor) = (options.CacheBytes, options.MissingFor);
        try
        {
            if (OperatingSystem.IsLinux())
            {
                Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new IOException($"cannot make {_folder}, where debug files are to be kept: {error.Message}", error);
        }
    }

    /// <summary>The path of a file that is here; null for none. It counts as used now.</summary>
    internal string? Find(BuildId buildId, string kind)
    {
        var path = PathOf(buildId, kind);
        if (!File.Exists(path))
        {
            return null;
        }

        Quietly(() => File.SetLastWriteTimeUtc(path, DateTime.UtcNow));
        return path;
    }

    /// <summary>Where a file may be written until it is whole.</summary>
    internal string NewPart() => Path.Combine(_folder, $"bpfi-{Environment.ProcessId}-{Guid.NewGuid():N}{PartSuffix}");

    /// <summary>Takes over a whole file, and lets others go until all fit.</summary>
    internal string Keep(string part, BuildId buildId, string kind)
    {
        var path = PathOf(buildId, kind);
        lock (_lock)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.SetLastWriteTimeUtc(part, DateTime.UtcNow);
            File.Move(part, path, overwrite: true);
            Quietly(() => File.Delete(path + MissingSuffix));
            Quietly(() => Trim(path));
        }

        return path;
    }

    /// <summary>Lets a file go that is not what it should be.</summary>
    internal void Drop(BuildId buildId, string kind) => Quietly(() => File.Delete(PathOf(buildId, kind)));

    /// <summary>Whether these servers said a short while ago that they have no such file.</summary>
    internal bool IsMissing(BuildId buildId, string kind, string servers)
    {
        var note = PathOf(buildId, kind) + MissingSuffix;
        var isMissing = false;
        Quietly(() => isMissing = File.Exists(note) && DateTime.UtcNow - File.GetLastWriteTimeUtc(note) is var age && age >= TimeSpan.Zero && age < _missingFor && File.ReadAllText(note) == servers);
        return isMissing;
    }

    /// <summary>Notes that these servers have no such file.</summary>
    internal void SetMissing(BuildId buildId, string kind, string servers) => Quietly(() =>
    {
        var note = PathOf(buildId, kind) + MissingSuffix;
        Directory.CreateDirectory(Path.GetDirectoryName(note)!);
        File.WriteAllText(note, servers);
    });

    private static string DefaultFolder()
    {
        if (Environment.IsPrivilegedProcess)
        {
            return "/var/cache/bpfi/debuginfod"; // Whatever HOME says under sudo: nothing of root's is left in a user's home.
        }

        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set && Path.IsPathRooted(set)
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "bpfi", "debuginfod");
    }

    // A cache that cannot be written to, or that another process clears, costs time alone.
    private static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    private string PathOf(BuildId buildId, string kind) => Path.Combine(_folder, buildId.ToString(), kind);

    private void Trim(string newest)
    {
        var files = new DirectoryInfo(_folder).GetFiles("*", SearchOption.AllDirectories).OrderBy(file => file.LastWriteTimeUtc).ToList();
        var bytes = files.Where(file => file.Extension != PartSuffix).Sum(file => file.Length);
        foreach (var file in files.Where(file => file.FullName != newest))
        {
            var age = DateTime.UtcNow - file.LastWriteTimeUtc;
            var isOver = file.Extension == PartSuffix ? age > s_longestPart : bytes > _limitBytes || (file.Extension == MissingSuffix && age > _missingFor);
            if (isOver)
            {
                bytes -= file.Extension == PartSuffix ? 0 : file.Length;
                file.Delete();
                RemoveIfEmpty(file.DirectoryName!);
            }
        }
    }

    private void RemoveIfEmpty(string folder)
    {
        if (Path.GetFullPath(folder) != Path.GetFullPath(_folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }
}

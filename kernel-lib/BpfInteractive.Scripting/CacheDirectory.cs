namespace BpfInteractive.Scripting;

/// <summary>
/// Where compiled scripts and restored package lists are kept. Root's is /var/cache/bpfi, whatever HOME says under sudo: root must not run code out of a folder that
/// another user can write to.
/// </summary>
internal static class CacheDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    internal static string Path { get; } = Find();

    /// <summary>Makes a folder that its owner alone can read and write.</summary>
    internal static void Create(string directory)
    {
        if (OperatingSystem.IsLinux())
        {
            Directory.CreateDirectory(Path, OwnerOnly);
            Directory.CreateDirectory(directory, OwnerOnly);
        }
    }

    private static string Find()
    {
        if (Environment.IsPrivilegedProcess)
        {
            return "/var/cache/bpfi";
        }

        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        return string.IsNullOrEmpty(cache)
            ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "bpfi")
            : System.IO.Path.Combine(cache, "bpfi");
    }
}

namespace BpfInteractive.Jupyter;

/// <summary>Where a user's own data is kept: XDG_DATA_HOME, or ~/.local/share. Root's is /var/lib/bpfi unless root itself names another.</summary>
internal static class DataFolder
{
    internal static string Path { get; } = Find();

    private static string Find()
    {
        var named = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
        if (!string.IsNullOrEmpty(named))
        {
            return System.IO.Path.Combine(named, "bpfi");
        }

        return Environment.IsPrivilegedProcess
            ? "/var/lib/bpfi"
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share", "bpfi");
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BpfInteractive.Jupyter;

/// <summary>
/// The tool's files in a folder of their own, so that what Jupyter's list names does not go with the next build of the sources. Each state of the tool has a folder, and
/// <c>current</c> names the one to start: a kernel that runs goes on with the files that it began with.
/// </summary>
public static class InstalledTool
{
    /// <summary>What lets ordinary users in (<see cref="KernelLauncher"/>) lies beside the tool that it starts.</summary>
    internal const string LauncherName = "launcher";

    internal const string StarterName = "start-kernel";

    internal const string GroupMarkName = "group-was-made";

    private const string Current = "current";
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Runnable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Where the tool is kept under a prefix, such as /usr/local.</summary>
    public static string FolderOf(string prefix) => Path.Combine(Path.GetFullPath(prefix), "lib", "bpfi");

    /// <summary>Where this user's own is kept.</summary>
    public static string UserFolder() => Path.Combine(DataFolder.Path, "tool");

    /// <summary>Copies the tool that runs, makes it the one that is started, and removes those of which no process runs.</summary>
    /// <param name="folder">The folder of all states of the tool.</param>
    /// <returns>What starts the copy.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    public static ToolCommand Install(string folder)
    {
        var source = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        var runsFromThere = Path.GetDirectoryName(source) == Path.GetFullPath(folder);
        var state = Path.Combine(folder, runsFromThere ? Path.GetFileName(source) : StateOf(source));
        if (!Directory.Exists(state))
        {
            var half = $"{state}.new-{Environment.ProcessId}";
            Copy(source, half);
            Directory.Move(half, state);
        }

        Link(folder, Path.GetFileName(state));
        RemoveUnused(folder, state);
        return ToolCommand.In(Path.Combine(folder, Current));
    }

    /// <summary>Removes every state of the tool but those of which a process runs, and the way in for ordinary users.</summary>
    /// <returns>Whether all is gone.</returns>
    public static bool Uninstall(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return true;
        }

        foreach (var name in new[] { Current, LauncherName, StarterName, GroupMarkName })
        {
            File.Delete(Path.Combine(folder, name));
        }

        RemoveUnused(folder, kept: null);
        if (Directory.EnumerateFileSystemEntries(folder).Any())
        {
            return false;
        }

        Directory.Delete(folder);
        return true;
    }

    /// <summary>One word for the names, sizes and times of all files: another build, another word.</summary>
    private static string StateOf(string folder)
    {
        var text = new StringBuilder();
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{Path.GetRelativePath(folder, file.FullName)} {file.Length} {file.LastWriteTimeUtc.Ticks}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));
    }

    private static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var folder in Directory.EnumerateDirectories(source, "*", SearchOption.AllDirectories).Prepend(source))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, folder));
            Directory.CreateDirectory(copy);
            File.SetUnixFileMode(copy, Runnable); // whatever the umask: it is for other users too
            foreach (var file in Directory.EnumerateFiles(folder))
            {
                var written = Path.Combine(copy, Path.GetFileName(file));
                File.Copy(file, written, overwrite: true);
                File.SetUnixFileMode(written, (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) != 0 ? Runnable : Readable);
            }
        }
    }

    /// <summary>In one step, so that a kernel that starts meanwhile finds one or the other.</summary>
    private static void Link(string folder, string state)
    {
        var link = Path.Combine(folder, $"{Current}.{Environment.ProcessId}");
        File.CreateSymbolicLink(link, state);
        SystemTool.Run(SystemTool.Need("coreutils", "mv"), "--no-target-directory", link, Path.Combine(folder, Current)); // File.Move refuses a link to a folder
    }

    private static void RemoveUnused(string folder, string? kept)
    {
        foreach (var state in Directory.EnumerateDirectories(folder).Where(state => IsState(Path.GetFileName(state)) && state != kept && !IsUsed(state)))
        {
            Directory.Delete(state, recursive: true);
        }
    }

    private static bool IsState(string name) => name.Length >= 16 && name.Take(16).All(char.IsAsciiHexDigitLower);

    /// <summary>Whether a process runs a program, or was told to run an assembly, of this folder.</summary>
    private static bool IsUsed(string folder)
    {
        var inside = folder + "/";
        return Directory.EnumerateDirectories("/proc").Where(process => char.IsAsciiDigit(Path.GetFileName(process)[0])).Any(process =>
        {
            try
            {
                return new FileInfo($"{process}/exe").LinkTarget?.StartsWith(inside, StringComparison.Ordinal) == true
                    || File.ReadAllText($"{process}/cmdline").Split('\0').Any(word => word.StartsWith(inside, StringComparison.Ordinal));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return false; // it has ended, or is another user's, who has a tool of their own
            }
        });
    }
}

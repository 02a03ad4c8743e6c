using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Finds a program or library by the name that a person gives it.</summary>
internal static class BinaryPath
{
    private static readonly string[] LibraryFolders =
    [
        "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
        "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib",
    ];

    /// <summary>A path as it is; a library's name from the loader's folders; a program's name from PATH. With a pid also inside its root.</summary>
    internal static string Resolve(string path, int? pid, AttachFailure failure)
    {
        if (path.Contains('/', StringComparison.Ordinal))
        {
            var own = pid is null ? path : InRoot(path, pid.Value);
            return File.Exists(own) ? own
                : File.Exists(path) ? path
                : throw failure.Because($"there is no file {path}", errno: Errno.ENOENT);
        }

        var folders = IsLibrary(path) ? LoaderFolders() : Variable("PATH");
        return folders.Select(folder => Path.Combine(folder, path)).FirstOrDefault(File.Exists)
            ?? throw failure.Because(
                IsLibrary(path) ? $"no library folder has {path}" : $"PATH has no program {path}", "give its whole path", Errno.ENOENT);
    }

    internal static bool IsLibrary(string name) => name.EndsWith(".so", StringComparison.Ordinal) || name.Contains(".so.", StringComparison.Ordinal);

    /// <summary>A process in another mount namespace has another file under the same path.</summary>
    private static string InRoot(string path, int pid)
    {
        var seen = $"/proc/{pid}/root{path}";
        var own = new FileInfo($"/proc/{pid}/ns/mnt").LinkTarget;
        return own is not null && own != new FileInfo("/proc/self/ns/mnt").LinkTarget && File.Exists(seen) ? seen : path;
    }

    private static IEnumerable<string> LoaderFolders() => Variable("LD_LIBRARY_PATH").Concat(Configured()).Concat(LibraryFolders);

    private static string[] Variable(string name) =>
        (Environment.GetEnvironmentVariable(name) ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The folders of /etc/ld.so.conf and of the files it includes (ldconfig(8)).</summary>
    private static IEnumerable<string> Configured()
    {
        var files = new List<string> { "/etc/ld.so.conf" };
        if (Directory.Exists("/etc/ld.so.conf.d"))
        {
            files.AddRange(Directory.EnumerateFiles("/etc/ld.so.conf.d", "*.conf"));
        }

        return files.Where(File.Exists).SelectMany(File.ReadLines).Select(line => line.Trim()).Where(line => line.StartsWith('/'));
    }
}

namespace BpfInteractive.Analysis;

/// <summary>Files that are whole or not there: written beside their place and moved into it.</summary>
public static class WholeFile
{
    /// <summary>Writes a file. What lies under /dev and /proc (<c>/dev/stdout</c>) is written directly.</summary>
    /// <exception cref="IOException">It cannot be written; the message names the file and the reason.</exception>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var isSpecial = IsDevice(path);
        var target = isSpecial ? path : $"{path}.{Environment.ProcessId}.part";
        if (Directory.Exists(path))
        {
            throw new IOException($"cannot write '{path}': it is a folder");
        }

        try
        {
            var stream = Open(target, path, isSpecial ? FileMode.Open : FileMode.Create);
            await using (stream.ConfigureAwait(false))
            {
                await write(stream).ConfigureAwait(false);
            }

            if (!isSpecial)
            {
                File.Move(target, path, overwrite: true);
            }
        }
        catch when (!isSpecial && File.Exists(target))
        {
            File.Delete(target);
            throw;
        }
    }

    private static FileStream Open(string target, string path, FileMode mode)
    {
        try
        {
            return new FileStream(target, mode, FileAccess.Write);
        }
        catch (DirectoryNotFoundException error)
        {
            throw new IOException($"cannot write '{path}': there is no folder '{Path.GetDirectoryName(Path.GetFullPath(path))}'", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException($"cannot write '{path}': this user may not write in '{Path.GetDirectoryName(Path.GetFullPath(path))}'", error);
        }
    }

    private static bool IsDevice(string path)
    {
        var full = Path.GetFullPath(path);
        return full.StartsWith("/dev/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal);
    }
}

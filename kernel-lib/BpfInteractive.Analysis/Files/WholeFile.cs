namespace BpfInteractive.Analysis;

/// <summary>Files that are whole or not there: written beside their place and moved into it.</summary>
public static class WholeFile
{
    /// <summary>Writes a file. What lies under /dev and /proc (<c>/dev/stdout</c>) is written directly.</summary>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var isSpecial = IsDevice(path);
        var target = isSpecial ? path : $"{path}.{Environment.ProcessId}.part";
        try
        {
            var stream = new FileStream(target, isSpecial ? FileMode.Open : FileMode.Create, FileAccess.Write);
            await using (stream.ConfigureAwait(false))
            {
                await write(stream).ConfigureAwait(false);
            }

            if (!isSpecial)
            {
                File.Move(target, path, overwrite: true);
            }
        }
        catch when (!isSpecial)
        {
            File.Delete(target);
            throw;
        }
    }

    private static bool IsDevice(string path)
    {
        var full = Path.GetFullPath(path);
        return full.StartsWith("/dev/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal);
    }
}

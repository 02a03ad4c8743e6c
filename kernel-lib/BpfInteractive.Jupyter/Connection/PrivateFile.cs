using BpfInteractive.Interop;

namespace BpfInteractive.Jupyter;

/// <summary>Files and folders that nobody but their owner, who is this kernel's user or root, may use.</summary>
internal static class PrivateFile
{
    private const int OthersMayAnything = 0b000_111_111;

    /// <summary>Reads a small file that holds a secret. It is judged as it is open, so that nobody can exchange it meanwhile.</summary>
    /// <exception cref="InvalidDataException">Others may read or write it, it is another user's, no regular file, or too large.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static string Read(string path, int mostBytes)
    {
        using var file = File.OpenHandle(path, options: FileOptions.None);
        if (!Libc.TryStat((int)file.DangerousGetHandle(), out var status) || !status.IsRegular)
        {
            throw new InvalidDataException($"{path} is no regular file");
        }

        Check(path, status, "the key in it lets run code", "600");
        if (status.Size > (ulong)mostBytes)
        {
            throw new InvalidDataException($"{path} is too large for what it should be");
        }

        var bytes = new byte[status.Size];
        return System.Text.Encoding.UTF8.GetString(bytes.AsSpan(0, RandomAccess.Read(file, bytes, 0)));
    }

    /// <summary>Refuses a folder that another user may enter.</summary>
    /// <exception cref="InvalidDataException">It is, or it is not there.</exception>
    internal static void CheckFolder(string path)
    {
        if (!Directory.Exists(path) || !Libc.TryStat(path, out var status))
        {
            throw new InvalidDataException($"there is no folder {path} for the kernel's sockets");
        }

        Check(path, status, "the kernel's sockets are there", "700");
    }

    private static void Check(string path, in Libc.Statx status, string why, string mode)
    {
        if (status.UserId != 0 && status.UserId != Libc.geteuid_of_caller())
        {
            throw new InvalidDataException($"{path} belongs to another user (uid {status.UserId}); it must be this user's or root's, for {why}");
        }

        if ((status.Mode & OthersMayAnything) != 0)
        {
            throw new InvalidDataException($"others than its owner may use {path}, and {why}: chmod {mode} {path}");
        }
    }
}

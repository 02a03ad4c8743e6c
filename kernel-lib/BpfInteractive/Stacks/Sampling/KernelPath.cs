using System.Text;

namespace BpfInteractive;

/// <summary>Paths as the kernel's side writes them: directory entries, the file's own first, each with its NUL.</summary>
internal static class KernelPath
{
    /// <summary>"libc.so\0lib\0usr\0" is /usr/lib/libc.so.</summary>
    internal static string Join(ReadOnlySpan<byte> pieces)
    {
        if (pieces.IsEmpty)
        {
            return "/";
        }

        var path = new byte[pieces.Length];
        var end = path.Length;
        while (!pieces.IsEmpty)
        {
            var length = pieces.IndexOf((byte)0);
            if (length < 0)
            {
                break;
            }

            end -= length + 1;
            path[end] = (byte)'/';
            pieces[..length].CopyTo(path.AsSpan(end + 1));
            pieces = pieces[(length + 1)..];
        }

        return Encoding.UTF8.GetString(VmaPath.ToUtf8(path.AsSpan(end)));
    }
}

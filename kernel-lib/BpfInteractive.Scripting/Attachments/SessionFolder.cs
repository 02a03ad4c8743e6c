using System.Globalization;
using System.Net.Sockets;
using BpfInteractive.Interop;

namespace BpfInteractive.Scripting;

/// <summary>
/// Where the sessions of a user listen: /run/user/UID/bpfi where the system keeps such a folder, else /tmp/bpfi-UID. By the user's number and not by the environment, so that
/// a kernel with an environment of its own and a shell find each other.
/// </summary>
internal static class SessionFolder
{
    /// <summary>Of the names of sockets; those that are still being made have none.</summary>
    internal const string Suffix = ".sock";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int TypeMask = 0xf000;
    private const int FolderType = 0x4000;
    private const int SocketFile = 0xc000;
    private const int OthersMayAnything = 0b000_111_111;

    /// <summary>Makes this user's folder where it is missing.</summary>
    /// <exception cref="IOException">What is there belongs to somebody else, or is no folder.</exception>
    internal static string Make()
    {
        var user = Libc.geteuid_of_caller();
        var runtime = RuntimeOf(user);
        var folder = IsOwnFolder(runtime, user) ? Path.Combine(runtime, "bpfi") : TemporaryOf(user);
        Directory.CreateDirectory(folder, Private);
        return IsOwnFolder(folder, user) ? folder : throw new IOException($"{folder} is no folder of this user's alone");
    }

    /// <summary>The sockets of sessions of this user, for root of all users, with the user whose they are.</summary>
    internal static IEnumerable<(string Path, uint UserId)> Sockets()
    {
        foreach (var (folder, user) in Folders().Where(static entry => IsOwnFolder(entry.Folder, entry.UserId)))
        {
            foreach (var path in Directory.EnumerateFileSystemEntries(folder, "*" + Suffix))
            {
                if (Libc.TryStat(path, out var status) && (status.Mode & TypeMask) == SocketFile && status.UserId == user)
                {
                    yield return (path, user);
                }
            }
        }
    }

    /// <summary>Removes the sockets that sessions left which were killed.</summary>
    internal static void RemoveDead()
    {
        foreach (var (path, _) in Sockets())
        {
            TryConnect(path)?.Dispose();
        }
    }

    /// <summary>Connects to a session; null when it is gone, and then its socket goes too.</summary>
    internal static Socket? TryConnect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            if (error.SocketErrorCode == SocketError.ConnectionRefused)
            {
                TryDelete(path);
            }

            return null;
        }
    }

    internal static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another user's, or gone.
        }
    }

    private static IEnumerable<(string Folder, uint UserId)> Folders()
    {
        var own = Libc.geteuid_of_caller();
        IEnumerable<uint> users = own == 0
            ? Numbers("/run/user", "").Concat(Numbers("/tmp", "bpfi-")).Append(own).Distinct().Order()
            : [own];
        return users.SelectMany(static user => new[] { (Path.Combine(RuntimeOf(user), "bpfi"), user), (TemporaryOf(user), user) });
    }

    private static IEnumerable<uint> Numbers(string folder, string prefix) => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateDirectories(folder, prefix + "*")
            .Select(path => uint.TryParse(Path.GetFileName(path)[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var user) ? (uint?)user : null)
            .OfType<uint>();

    private static string RuntimeOf(uint user) => string.Create(CultureInfo.InvariantCulture, $"/run/user/{user}");

    private static string TemporaryOf(uint user) => string.Create(CultureInfo.InvariantCulture, $"/tmp/bpfi-{user}");

    /// <summary>A link is none. In /tmp nobody can put another thing in the place of a folder that is somebody's own.</summary>
    internal static bool IsOwnFolder(string path, uint user) =>
        Libc.TryStat(path, out var status) && (status.Mode & TypeMask) == FolderType && status.UserId == user && (status.Mode & OthersMayAnything) == 0;
}

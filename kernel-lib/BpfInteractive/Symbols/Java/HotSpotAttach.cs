using System.Globalization;
using System.Net.Sockets;
using System.Text;
using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>
/// Asks a running Java process (HotSpot, 17 or newer) for a map of its compiled code by the attach protocol, as <c>jcmd PID Compiler.perfmap</c> does, without a JDK: the machine opens
/// /tmp/.java_pidPID when it gets a SIGQUIT while /tmp/.attach_pidPID is there, and takes commands on it (src/hotspot/os/posix/attachListener_posix.cpp).
/// </summary>
/// <remarks>
/// A process that does not handle SIGQUIT dies of it, and one that finds no such file, or is not to be attached to, prints its threads instead: so neither gets a signal. All paths are those of the
/// process's own root, and the socket counts when the process itself listens there. The map is removed once it is read; one that was there before is left alone.
/// </remarks>
internal static class HotSpotAttach
{
    private const int LargestMap = 64 << 20;
    private const int LongestAnswer = 64 << 10;
    private const int SIGQUIT = 3;
    private const int PauseMilliseconds = 10;

    /// <summary>Whether a process is a Java virtual machine: it maps libjvm.so.</summary>
    internal static bool IsJava(string folder)
    {
        try
        {
            return File.ReadLines(folder + "/maps").Any(line => line.EndsWith("/libjvm.so", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The text of the map; or why there is none, in a few words.</summary>
    internal static async Task<(byte[]? Map, string? WhyNone)> PerfMapAsync(JitOwner owner, CancellationToken token)
    {
        const string Gone = "it has ended";
        try
        {
            if (owner.LivingFolder() is not { } folder)
            {
                return (null, Gone);
            }

            if (!IsOurUsersNamespace(folder))
            {
                return (null, "it runs in a user namespace of its own, and takes no commands from outside of it");
            }

            using var temp = ProcessRoot.Open(folder, "/tmp", Libc.O_DIRECTORY);
            if (temp.IsInvalid)
            {
                return (null, "its /tmp cannot be opened");
            }

            // By the descriptor: no link on the way is followed again, and the name stays short enough for an address.
            var path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{temp.DangerousGetHandle()}");
            var map = string.Create(CultureInfo.InvariantCulture, $"{path}/perf-{owner.NamespacePid}.map");
            if (IsThere(map))
            {
                return (null, "its /tmp has a map already, which is not written over");
            }

            var socket = string.Create(CultureInfo.InvariantCulture, $"{path}/.java_pid{owner.NamespacePid}");
            if (!IsThere(socket) && await WakeAsync(owner, folder, path, socket, token).ConfigureAwait(false) is { } whyNot)
            {
                return (null, whyNot);
            }

            var (answer, isFromIt) = await CommandAsync(owner, socket, token).ConfigureAwait(false);
            try
            {
                return !isFromIt ? (null, "another process listens on its socket")
                    : !answer.StartsWith("0\n", StringComparison.Ordinal) ? (null, "it knows no Compiler.perfmap: Java 17 or newer does")
                    : Read(map, owner) is { } text && owner.LivingFolder() is not null ? (text, null)
                    : (null, "it wrote no map, or one that is not its own");
            }
            finally
            {
                if (isFromIt)
                {
                    _ = Libc.unlink(map);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return (null, "it did not answer in time");
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return (null, owner.LivingFolder() is null ? Gone : e.Message);
        }
    }

    private static bool IsOurUsersNamespace(string folder) => new FileInfo(folder + "/ns/user").LinkTarget is { } theirs && theirs == new FileInfo("/proc/self/ns/user").LinkTarget;

    /// <summary>Whether a name is taken, be it by a link to nothing.</summary>
    private static bool IsThere(string path) => Libc.TryStat(path, out _);

    /// <summary>Makes the process listen; null when it does, else why it does not.</summary>
    private static async Task<string?> WakeAsync(JitOwner owner, string folder, string temp, string socket, CancellationToken token)
    {
        if (WhyNotToSignal(folder) is { } whyNot)
        {
            return whyNot;
        }

        var trigger = string.Create(CultureInfo.InvariantCulture, $"{temp}/.attach_pid{owner.NamespacePid}");
        using var process = new SafeFileHandle(Libc.PidfdOpen(owner.Pid, 0), ownsHandle: true);
        if (process.IsInvalid || owner.LivingFolder() is null)
        {
            return "it has ended";
        }

        // Another's file of that name would make it print its threads.
        using (var file = File.OpenHandle(trigger, FileMode.CreateNew, FileAccess.Write))
        {
        }

        try
        {
            if (Libc.PidfdSendSignal((int)process.DangerousGetHandle(), SIGQUIT) != 0)
            {
                return "this user must not signal it";
            }

            while (!IsThere(socket))
            {
                await Task.Delay(PauseMilliseconds, token).ConfigureAwait(false);
            }
        }
        finally
        {
            _ = Libc.unlink(trigger);
        }

        return null;
    }

    /// <summary>Who does not handle SIGQUIT dies of it (with -Xrs a machine listens from its start, and needs none); with DisableAttachMechanism it prints its threads.</summary>
    private static string? WhyNotToSignal(string folder)
    {
        var caught = File.ReadLines(folder + "/status").FirstOrDefault(line => line.StartsWith("SigCgt:", StringComparison.Ordinal));
        if (caught is null || !ulong.TryParse(caught.AsSpan("SigCgt:".Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var signals) || (signals & (1ul << (SIGQUIT - 1))) == 0)
        {
            return "it does not handle SIGQUIT: it has only begun, or is no Java";
        }

        var isDisabled = File.ReadAllText(folder + "/cmdline").Contains("+DisableAttachMechanism", StringComparison.Ordinal) || File.ReadAllText(folder + "/environ").Contains("+DisableAttachMechanism", StringComparison.Ordinal);
        return isDisabled ? "it is not to be attached to (-XX:+DisableAttachMechanism)" : null;
    }

    /// <summary>A version, a command and three arguments, a zero behind each; the answer is a number, a line end and text.</summary>
    private static async Task<(string Answer, bool IsFromIt)> CommandAsync(JitOwner owner, string path, CancellationToken token)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), token).ConfigureAwait(false);
        if (PeerCredentials.Of(socket).Pid != owner.Pid)
        {
            return ("", false);
        }

        await socket.SendAsync("1\0jcmd\0Compiler.perfmap\0\0\0"u8.ToArray(), token).ConfigureAwait(false);
        var answer = new byte[LongestAnswer];
        var length = 0;
        for (int n; length < answer.Length && (n = await socket.ReceiveAsync(answer.AsMemory(length), token).ConfigureAwait(false)) > 0;)
        {
            length += n;
        }

        return (Encoding.UTF8.GetString(answer, 0, length), true);
    }

    private static byte[]? Read(string path, JitOwner owner)
    {
        using var file = Libc.OpenForReading(path, Libc.O_NOFOLLOW);
        if (file.IsInvalid || !Libc.TryStat((int)file.DangerousGetHandle(), out var status) || !status.IsRegular || status.UserId != owner.UserId || status.Size > LargestMap)
        {
            return null;
        }

        var text = new byte[(int)status.Size];
        var length = 0;
        for (int n; length < text.Length && (n = RandomAccess.Read(file, text.AsSpan(length), length)) > 0;)
        {
            length += n;
        }

        return text[..length];
    }
}

using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Asks a running .NET process for the methods that it has code of, by its diagnostics socket (dotnet/diagnostics: documentation/design-docs/ipc-protocol.md): a session that asks
/// for no events and is stopped at once, for the runtime then tells all that it compiled or loaded.
/// </summary>
/// <remarks>The socket lies in the process's own /tmp, where anybody may put one: it counts when the process itself listens there. What it sends is bounded in bytes and time.</remarks>
internal static class DotnetDiagnostics
{
    internal const int MostBytes = 64 << 20;
    private const int UsualBytes = 4 << 20;
    private const int MostSockets = 8;
    private const int MostNameBytes = 100; // sun_path has 108.
    private const byte EventPipe = 2;
    private const byte StopTracing = 1;
    private const byte CollectTracing2 = 3;

    /// <summary>The stream of a rundown; null when the process has no such socket, is another by now, does not answer in time or says more than may be.</summary>
    internal static async Task<ReadOnlyMemory<byte>?> RundownAsync(JitOwner owner, CancellationToken token)
    {
        try
        {
            using var session = await ConnectAsync(owner, token).ConfigureAwait(false);
            if (session is null || await AskAsync(session, CollectTracing2, Collect(), token).ConfigureAwait(false) is not { Length: 8 } number)
            {
                return null;
            }

            // The runtime answers the stop when the session's stream was read.
            var stream = ReadToEndAsync(session, token);
            using var stop = await ConnectAsync(owner, token).ConfigureAwait(false);
            if (stop is not null)
            {
                await stop.SendAsync(Message(StopTracing, number), token).ConfigureAwait(false);
            }
            else
            {
                session.Dispose();
            }

            var bytes = await stream.ConfigureAwait(false);
            return owner.LivingFolder() is not null ? bytes : null;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static async Task<Socket?> ConnectAsync(JitOwner owner, CancellationToken token)
    {
        if (owner.LivingFolder() is not { } folder)
        {
            return null;
        }

        using var temp = ProcessRoot.Open(folder, TempFolder(folder), Libc.O_DIRECTORY);
        if (temp.IsInvalid)
        {
            return null;
        }

        // By the descriptor: no link on the way is followed again, and the name stays short enough for an address.
        var path = FormattableString.Invariant($"/proc/self/fd/{temp.DangerousGetHandle()}");
        foreach (var name in Directory.EnumerateFiles(path, FormattableString.Invariant($"dotnet-diagnostic-{owner.NamespacePid}-*-socket")).Where(name => name.Length < MostNameBytes).Take(MostSockets))
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(name), token).ConfigureAwait(false);
                if (PeerCredentials.Of(socket).Pid == owner.Pid)
                {
                    return socket;
                }
            }
            catch (SocketException)
            {
                // One that was left behind.
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            socket.Dispose();
        }

        return null;
    }

    private static string TempFolder(string folder)
    {
        try
        {
            var variable = File.ReadAllText(folder + "/environ").Split('\0').FirstOrDefault(text => text.StartsWith("TMPDIR=/", StringComparison.Ordinal));
            return variable?["TMPDIR=".Length..] ?? "/tmp";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "/tmp";
        }
    }

    /// <summary>Sends a command and reads the answer: what it says, or null when it is no "done".</summary>
    private static async Task<byte[]?> AskAsync(Socket socket, byte command, byte[] payload, CancellationToken token)
    {
        await socket.SendAsync(Message(command, payload), token).ConfigureAwait(false);
        var head = new byte[20];
        if (!await FillAsync(socket, head, token).ConfigureAwait(false))
        {
            return null;
        }

        var answer = new byte[Math.Max(0, BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(14)) - head.Length)];
        var isDone = head[16] == 0xff && head[17] == 0;
        return isDone && await FillAsync(socket, answer, token).ConfigureAwait(false) ? answer : null;
    }

    private static async Task<bool> FillAsync(Socket socket, Memory<byte> bytes, CancellationToken token)
    {
        for (int n; bytes.Length > 0; bytes = bytes[n..])
        {
            n = await socket.ReceiveAsync(bytes, token).ConfigureAwait(false);
            if (n == 0)
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadToEndAsync(Socket socket, CancellationToken token)
    {
        using var all = new MemoryStream(UsualBytes);
        var buffer = new byte[64 << 10];
        for (int n; (n = await socket.ReceiveAsync(buffer, token).ConfigureAwait(false)) > 0;)
        {
            if (all.Length + n > MostBytes)
            {
                return null;
            }

            all.Write(buffer, 0, n);
        }

        return all.GetBuffer().AsMemory(0, (int)all.Length);
    }

    /// <summary>The runtime's buffer in MiB, NetTrace, with a rundown; one provider of which nothing is wanted, for there must be one.</summary>
    private static byte[] Collect()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(64u);
        writer.Write(1u);
        writer.Write(true);
        writer.Write(1u);
        writer.Write(0ul);
        writer.Write(1u);
        const string Provider = "Microsoft-Windows-DotNETRuntime\0";
        writer.Write((uint)Provider.Length);
        writer.Write(Encoding.Unicode.GetBytes(Provider));
        writer.Write(0u);
        return bytes.ToArray();
    }

    private static byte[] Message(byte command, byte[] payload)
    {
        var message = new byte[20 + payload.Length];
        "DOTNET_IPC_V1\0"u8.CopyTo(message);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
        (message[16], message[17]) = (EventPipe, command);
        payload.CopyTo(message, 20);
        return message;
    }
}

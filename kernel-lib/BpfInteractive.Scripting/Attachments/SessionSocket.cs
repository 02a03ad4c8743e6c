using System.Net.Sockets;
using System.Text.Json;
using BpfInteractive.Interop;

namespace BpfInteractive.Scripting;

/// <summary>
/// Answers <c>bpfi ps</c> and <c>bpfi stop</c>, one connection after the other, on a thread of its own, so that a busy pool does not keep it waiting. Only this user and root
/// are heard.
/// </summary>
internal sealed class SessionSocket : IDisposable
{
    private const int MostRequestBytes = 64 << 10;
    private const int StackBytes = 256 << 10;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    private readonly Func<SessionRequest, int, uint, SessionAnswer> _answer;
    private readonly Lock _lock = new();
    private Socket? _listener;
    private string? _path;
    private bool _isDisposed;

    /// <summary>Listens in the background: whoever attaches does not wait for it.</summary>
    /// <param name="answer">What is answered to a request of a process of a user.</param>
    internal SessionSocket(Func<SessionRequest, int, uint, SessionAnswer> answer)
    {
        _answer = answer;
        new Thread(Run, StackBytes) { Name = "sessions", IsBackground = true }.UnsafeStart(); // not part of the cell that attached
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _listener?.Dispose();
            if (_path is not null)
            {
                SessionFolder.TryDelete(_path);
            }
        }
    }

    private void Run()
    {
        try
        {
            if (Listen() is { } listener)
            {
                SessionFolder.RemoveDead();
                while (true)
                {
                    using var peer = listener.Accept();
                    Serve(peer);
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or IOException or UnauthorizedAccessException)
        {
            // Disposed, or there is no folder for it: the session goes on without being seen.
        }
    }

    /// <summary>It gets its name when it listens already: one that nobody listens to is taken for dead.</summary>
    private Socket? Listen()
    {
        var path = Path.Combine(SessionFolder.Make(), $"{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}");
        lock (_lock)
        {
            if (_isDisposed)
            {
                return null;
            }

            _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen(16);
            _path = path + SessionFolder.Suffix;
            File.Move(path, _path, overwrite: true);
            return _listener;
        }
    }

    private void Serve(Socket peer)
    {
        try
        {
            var (pid, user) = PeerCredentials.Of(peer);
            if (user != 0 && user != Libc.geteuid_of_caller())
            {
                return;
            }

            var request = JsonSerializer.Deserialize(PeerLine.Read(peer, MostRequestBytes, s_limit), SessionJson.Default.SessionRequest);
            if (request is { Version: RunningSessions.Version })
            {
                PeerLine.Write(peer, JsonSerializer.SerializeToUtf8Bytes(_answer(request, pid, user), SessionJson.Default.SessionAnswer), s_limit);
            }
        }
        catch (Exception error) when (error is SocketException or IOException or InvalidDataException or JsonException)
        {
            // The other end is gone, too slow, or talks of something else.
        }
    }
}

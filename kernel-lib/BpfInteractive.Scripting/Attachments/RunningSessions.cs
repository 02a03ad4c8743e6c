using System.Net.Sockets;
using System.Text.Json;
using BpfInteractive.Interop;

namespace BpfInteractive.Scripting;

/// <summary>The sessions that run now and have attached something: those of this user, for root those of all users.</summary>
public static class RunningSessions
{
    internal const int Version = 1;

    private const int MostAnswerBytes = 4 << 20;

    private static readonly TimeSpan s_askLimit = TimeSpan.FromSeconds(3);

    // A detach takes the kernel 70-90 ms; many wait together.
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(30);

    /// <summary>Asks each what it has attached.</summary>
    /// <returns>The sessions by pid; also those that do not answer, without their objects.</returns>
    public static IReadOnlyList<RunningSession> List() => [.. SessionFolder.Sockets()
        .Select(static socket => Ask(socket.Path, socket.UserId, null, new SessionRequest(Version, false, null), s_askLimit))
        .OfType<RunningSession>()
        .OrderBy(static session => session.Pid)];

    /// <summary>Disposes objects of a session, which tells its user.</summary>
    /// <param name="pid">The session's process.</param>
    /// <param name="names">The objects by name; null for all.</param>
    /// <returns>What was stopped.</returns>
    /// <exception cref="InvalidOperationException">There is no such session, it has no such object, or it does not answer. Nothing was stopped then.</exception>
    public static IReadOnlyList<AttachedObject> Stop(int pid, IReadOnlyList<string>? names)
    {
        var request = new SessionRequest(Version, true, names);
        var asked = SessionFolder.Sockets().Select(socket => Ask(socket.Path, socket.UserId, pid, request, s_stopLimit)).OfType<RunningSession>().ToList();
        if (asked.Count == 0)
        {
            throw new InvalidOperationException($"process {pid} has no session with anything attached that you may stop; `bpfi ps` lists those there are");
        }

        return asked.TrueForAll(static session => session.Answers)
            ? [.. asked.SelectMany(static session => session.Objects)]
            : throw new InvalidOperationException($"the session of process {pid} does not answer; end the process, and what it attached goes with it");
    }

    /// <summary>Null when the session is gone or another than the one asked for.</summary>
    private static RunningSession? Ask(string path, uint user, int? onlyPid, SessionRequest request, TimeSpan limit)
    {
        using var socket = SessionFolder.TryConnect(path);
        if (socket is null)
        {
            return null;
        }

        // Nothing is said to a process that is another user's than the folder: the kernel knows who listens.
        var (pid, listener) = PeerCredentials.Of(socket);
        if (listener != user || (onlyPid is not null && onlyPid != pid))
        {
            return null;
        }

        try
        {
            PeerLine.Write(socket, JsonSerializer.SerializeToUtf8Bytes(request, SessionJson.Default.SessionRequest), limit);
            var answer = JsonSerializer.Deserialize(PeerLine.Read(socket, MostAnswerBytes, limit), SessionJson.Default.SessionAnswer);
            return answer switch
            {
                { Error: { } error } => throw new InvalidOperationException(error),
                { Version: Version } => new RunningSession(pid, user, answer.Kind, answer.Place, answer.Objects),
                _ => Silent(pid, user),
            };
        }
        catch (Exception error) when (error is SocketException or IOException or InvalidDataException or JsonException)
        {
            return Silent(pid, user);
        }
    }

    private static RunningSession Silent(int pid, uint user) => new(pid, user, "", "", [], Answers: false);
}

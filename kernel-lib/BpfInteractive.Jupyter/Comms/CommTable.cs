using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BpfInteractive.Jupyter;

/// <summary>The comms of a kernel that are open, and the targets that cells registered. Thread-safe.</summary>
internal sealed class CommTable(KernelChannels channels)
{
    private static CommTable? s_current;

    private readonly ConcurrentDictionary<string, Comm> _comms = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (Action<Comm, JsonElement> Opened, ExecutionContext? Cell)> _targets = new(StringComparer.Ordinal);

    /// <summary>The table of the kernel that this process is.</summary>
    internal static CommTable Current
    {
        get => Volatile.Read(ref s_current) ?? throw new InvalidOperationException("there is no page to talk to: this is no Jupyter kernel");
        set => Volatile.Write(ref s_current, value);
    }

    internal IEnumerable<Comm> All => _comms.Values;

    internal Comm? Find(string id) => _comms.GetValueOrDefault(id);

    internal void Remove(string id) => _comms.TryRemove(id, out _);

    internal void Register(string targetName, Action<Comm, JsonElement> opened) => _targets[targetName] = (opened, ExecutionContext.Capture());

    internal Comm Open(string targetName, JsonNode? data)
    {
        var comm = new Comm(this, Guid.NewGuid().ToString("N"), targetName);
        _comms[comm.Id] = comm;
        Send("comm_open", comm.Id, targetName, data, null);
        return comm;
    }

    /// <summary>The page opens a comm.</summary>
    /// <returns>False when no cell registered its target.</returns>
    internal bool OpenedByPage(string id, string targetName, JsonElement data)
    {
        if (!_targets.TryGetValue(targetName, out var target))
        {
            return false;
        }

        if (target.Cell is null)
        {
            Make();
        }
        else
        {
            ExecutionContext.Run(target.Cell, _ => Make(), null);
        }

        return true;

        void Make()
        {
            var comm = new Comm(this, id, targetName);
            _comms[id] = comm;
            target.Opened(comm, data);
        }
    }

    internal void Send(string type, string id, string? targetName, JsonNode? data, IReadOnlyList<byte[]>? buffers) =>
        channels.Publish(
            type,
            [],
            json =>
            {
                json.WriteString("comm_id", id);
                if (targetName is not null)
                {
                    json.WriteString("target_name", targetName);
                }

                json.WritePropertyName("data");
                (data ?? new JsonObject()).WriteTo(json);
            },
            buffers: buffers);
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace BpfInteractive.Jupyter;

/// <summary>
/// A line between code of a cell and code in the front end's page, as the Jupyter messaging specification has it: each side sends JSON whenever it likes. What comes in is handed
/// over while a cell runs as well, on a thread of the kernel, so that a button in the page can stop what the cell does. Thread-safe.
/// </summary>
public sealed class Comm
{
    private readonly CommTable _table;
    private readonly ExecutionContext? _cell = ExecutionContext.Capture();
    private volatile bool _isClosed;

    internal Comm(CommTable table, string id, string targetName)
    {
        _table = table;
        Id = id;
        TargetName = targetName;
    }

    /// <summary>The comm's id, unique in the kernel's run.</summary>
    public string Id { get; }

    /// <summary>The name by which the other side knows what it is for.</summary>
    public string TargetName { get; }

    /// <summary>Whether either side has closed it.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Called with the data and the buffers of each message of the page, one at a time. What it writes goes to the cell that made the comm.</summary>
    public Action<JsonElement, IReadOnlyList<byte[]>>? Received { get; set; }

    /// <summary>Called when the page closes the comm.</summary>
    public Action? Closed { get; set; }

    /// <summary>Makes a comm and tells the page.</summary>
    /// <param name="targetName">What the page registered.</param>
    /// <param name="data">What its constructor is given.</param>
    /// <exception cref="InvalidOperationException">This process is no Jupyter kernel.</exception>
    public static Comm Open(string targetName, JsonNode? data = null) => CommTable.Current.Open(targetName, data);

    /// <summary>Says what to do when the page opens a comm with a target of this name; the last registration counts.</summary>
    /// <param name="targetName">The name.</param>
    /// <param name="opened">Called with the comm and the data; sets <see cref="Received"/>.</param>
    /// <exception cref="InvalidOperationException">This process is no Jupyter kernel.</exception>
    public static void Register(string targetName, Action<Comm, JsonElement> opened) => CommTable.Current.Register(targetName, opened);

    /// <summary>Sends to the page. Does nothing once the comm is closed.</summary>
    /// <param name="data">Any JSON.</param>
    /// <param name="buffers">Bytes beside it.</param>
    public void Send(JsonNode? data, IReadOnlyList<byte[]>? buffers = null)
    {
        if (!_isClosed)
        {
            _table.Send("comm_msg", Id, null, data, buffers);
        }
    }

    /// <summary>Closes the comm and tells the page.</summary>
    /// <param name="data">What goes with it.</param>
    public void Close(JsonNode? data = null)
    {
        if (Forget())
        {
            _table.Send("comm_close", Id, null, data, null);
        }
    }

    internal void Receive(JsonElement data, IReadOnlyList<byte[]> buffers) => InCell(() => Received?.Invoke(data, buffers));

    internal void ClosedByPage()
    {
        if (Forget())
        {
            InCell(() => Closed?.Invoke());
        }
    }

    private bool Forget()
    {
        if (_isClosed)
        {
            return false;
        }

        _isClosed = true;
        _table.Remove(Id);
        return true;
    }

    /// <summary>As the cell that made the comm, so that what the handler shows and makes is that cell's.</summary>
    private void InCell(Action action)
    {
        if (_cell is null)
        {
            action();
        }
        else
        {
            ExecutionContext.Run(_cell, static state => ((Action)state!)(), action);
        }
    }
}

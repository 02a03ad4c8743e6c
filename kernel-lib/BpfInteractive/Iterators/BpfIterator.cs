using System.Text;

namespace BpfInteractive;

/// <summary>
/// A SEC("iter/...") program that walks kernel objects and writes about each (Linux 5.8). Every read walks anew, from the start. Made by
/// <c>obj.Iterator("dump_tasks", "row")</c>.
/// </summary>
/// <remarks>
/// The program runs inside the read, and a walk is not a snapshot: what comes or goes meanwhile may be missed. Reads of one iterator may run side by side.
/// </remarks>
public sealed class BpfIterator : IDisposable, IAsyncDisposable
{
    private readonly BpfLink _link;

    internal BpfIterator(BpfLink link, string name, BtfType? rowType)
    {
        _link = link;
        Name = name;
        RowType = rowType;
    }

    /// <summary>The program's name.</summary>
    public string Name { get; }

    /// <summary>The struct that the program writes with bpf_seq_write, one for each row; null when it writes text.</summary>
    public BtfType? RowType { get; }

    /// <summary>Walks, and gives what was written as text (bytes that are no UTF-8 become U+FFFD).</summary>
    /// <param name="cancellationToken">Ends the walk between two objects' pages; without one <see cref="BpfScope"/>'s.</param>
    /// <exception cref="BpfException">The kernel or the program ended the walk.</exception>
    public async Task<string> ReadTextAsync(CancellationToken cancellationToken = default) =>
        Encoding.UTF8.GetString(await ReadBytesAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Walks, and gives what was written.</summary>
    /// <inheritdoc cref="ReadTextAsync"/>
    public Task<byte[]> ReadBytesAsync(CancellationToken cancellationToken = default)
    {
        var token = BpfScope.TokenOr(cancellationToken);
        return Task.Run(
            () =>
            {
                using var bytes = new MemoryStream();
                Walk(part => bytes.Write(part), token);
                return bytes.ToArray();
            },
            token);
    }

    /// <summary>Walks, and gives the rows that were written.</summary>
    /// <exception cref="InvalidOperationException">No row type was named.</exception>
    /// <inheritdoc cref="ReadTextAsync"/>
    public Task<Columns> ReadAsync(CancellationToken cancellationToken = default)
    {
        var type = RowType ?? throw new InvalidOperationException(
            $"the rows of iterator '{Name}' have no type: name the struct, as in Iterator(\"{Name}\", \"row\"), or read text");
        var token = BpfScope.TokenOr(cancellationToken);
        return Task.Run(
            () =>
            {
                var rows = new RowAssembler(RecordDecoder.For(type, Name), type.SizeBytes);
                Walk(rows.Append, token);
                return rows.Complete();
            },
            token);
    }

    /// <summary>Detaches the program in the background.</summary>
    public void Dispose() => _link.Dispose();

    /// <summary>Detaches the program.</summary>
    public ValueTask DisposeAsync() => _link.DisposeAsync();

    private void Walk(IteratorReader.PartHandler onPart, CancellationToken token)
    {
        using var file = _link.OpenIterator();
        IteratorReader.Read(file, $"iterator '{Name}'", onPart, token);
    }
}

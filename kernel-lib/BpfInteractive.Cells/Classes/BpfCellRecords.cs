using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace BpfInteractive.Cells;

/// <summary>The records of a BPF cell's ring buffer or perf event array, typed. It always reads from what the cell loaded last.</summary>
/// <typeparam name="TRecord">The struct that the program sends.</typeparam>
/// <remarks>One reader at a time.</remarks>
public sealed class BpfCellRecords<[DynamicallyAccessedMembers(Needed)] TRecord>
    where TRecord : unmanaged
{
    private const DynamicallyAccessedMemberTypes Needed = DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields;
    private readonly BpfCellObject _cell;
    private readonly string _map;

    internal BpfCellRecords(BpfCellObject cell, string map)
    {
        _cell = cell;
        _map = map;
    }

    /// <summary>The buffer as the library knows it.</summary>
    public RecordBuffer Buffer => _cell.BufferOf(_map);

    /// <inheritdoc cref="RecordBuffer.CollectAsync"/>
    public Task<Columns> CollectAsync(TimeSpan duration, int mostRows = int.MaxValue, CancellationToken cancellationToken = default) =>
        Buffer.CollectAsync(duration, mostRows, cancellationToken);

    /// <inheritdoc cref="RecordBuffer.ReadBatchesAsync"/>
    public IAsyncEnumerable<Columns> ReadBatchesAsync(TimeSpan? interval = null, int mostRows = 1 << 20, CancellationToken cancellationToken = default) =>
        Buffer.ReadBatchesAsync(interval, mostRows, cancellationToken);

    /// <summary>All records that wait; returns at once.</summary>
    /// <param name="most">No more than so many.</param>
    /// <exception cref="InvalidOperationException">Somebody else is reading.</exception>
    public IReadOnlyList<TRecord> Drain(long most = long.MaxValue)
    {
        var records = new List<TRecord>();
        Buffer.Drain<TRecord>((ref readonly TRecord record) => records.Add(record), most);
        return records;
    }

    /// <summary>The records as they come, until the token is cancelled or the loop left. While the loop's body works, up to a million wait in memory; the rest in the buffer.</summary>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>; without one the running cell's.</param>
    /// <exception cref="InvalidOperationException">Somebody else is reading.</exception>
    public async IAsyncEnumerable<TRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(BpfScope.TokenOr(cancellationToken));
        var channel = Channel.CreateBounded<TRecord>(1 << 20);
        var pump = Task.Factory.StartNew(() => Pump(channel.Writer, ending.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await foreach (var record in channel.Reader.ReadAllAsync(ending.Token).ConfigureAwait(false))
            {
                yield return record;
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(false);
        }
    }

    private void Pump(ChannelWriter<TRecord> writer, CancellationToken cancellationToken)
    {
        Exception? end = null;
        try
        {
            var buffer = Buffer;
            while (true)
            {
                buffer.Read(
                    record =>
                    {
                        var value = System.Runtime.InteropServices.MemoryMarshal.Read<TRecord>(record);
                        while (!writer.TryWrite(value))
                        {
                            // Full: the loop's body is behind. This is a thread of our own, so it may wait.
                            writer.WaitToWriteAsync(cancellationToken).AsTask().GetAwaiter().GetResult();
                        }
                    },
                    null,
                    cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The reader has left, or its token says the same.
        }
#pragma warning disable CA1031 // Whatever ended it is thrown where the records are read.
        catch (Exception error)
#pragma warning restore CA1031
        {
            end = error;
        }

        writer.TryComplete(end);
    }
}

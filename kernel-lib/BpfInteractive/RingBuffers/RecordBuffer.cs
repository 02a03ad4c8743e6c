using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// What a program sends events through: a <see cref="RingBuffer"/> or a <see cref="PerfBuffer"/>. Records come as spans, as structs, or as
/// columns typed by the object's own BTF. One reader at a time; a second is refused with <see cref="InvalidOperationException"/>.
/// </summary>
/// <remarks>It borrows from its object. Disposing the object ends every read with <see cref="ObjectDisposedException"/>.</remarks>
public abstract class RecordBuffer
{
    /// <summary>How many records are decoded at a time while others may wait for the columns.</summary>
    private protected const int ChunkRecords = 16 * 1024;

    private protected RecordBuffer(BpfMap map, BtfType? recordType)
    {
        Map = map;
        RecordType = recordType;
    }

    /// <summary>The map.</summary>
    public BpfMap Map { get; }

    /// <summary>The map's name.</summary>
    public string Name => Map.Name;

    /// <summary>The type of the records; null when none was named and none could be told, so that records come as bytes.</summary>
    public BtfType? RecordType { get; }

    /// <summary>Hands all records that wait to a handler, on this thread, and returns at once.</summary>
    /// <returns>How many there were. A record that the handler throws at counts as read.</returns>
    /// <exception cref="InvalidOperationException">Somebody else is reading.</exception>
    public long Drain(RecordHandler handler, long most = long.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var sink = new HandlerSink(handler);
        return Drain(ref sink, most);
    }

    /// <summary>Hands all records that wait to a sink, on this thread, and returns at once: the fastest way.</summary>
    /// <exception cref="InvalidOperationException">Somebody else is reading.</exception>
    public long Drain<TSink>(ref TSink sink, long most = long.MaxValue)
        where TSink : struct, IRecordSink
    {
        using var reading = BeginReading();
        return Consume(ref sink, most);
    }

    /// <summary>Hands all records that wait to a handler as a C# struct, on this thread, and returns at once. The struct is checked against the type of
    /// the records first: each field's offset and size by its name (<c>StartTime</c> is <c>start_time</c>).</summary>
    /// <typeparam name="T">A struct laid out as the record, or as its beginning where the record ends in an array without a size.</typeparam>
    /// <exception cref="BtfLayoutException">The struct is laid out otherwise; the message lists the differences.</exception>
    /// <exception cref="InvalidOperationException">Somebody else is reading, or the type of the records is not known.</exception>
    /// <exception cref="BpfException">A record is shorter than the struct; it counts as read.</exception>
    public long Drain<[DynamicallyAccessedMembers(ManagedLayout.Needed)] T>(RecordHandler<T> handler, long most = long.MaxValue)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(handler);
        var type = RecordType ?? throw UnknownType();
        BtfLayoutCheck.Require<T>(type, type.SizeBytes, $"the records of '{Name}'");
        var sink = new StructSink<T>(handler, Name);
        return Drain(ref sink, most);
    }

    /// <summary>Appends all records that wait to a decoder's columns, and returns at once. With a decoder that is cleared after
    /// each batch nothing is allocated once the columns have grown.</summary>
    /// <exception cref="InvalidOperationException">Somebody else is reading.</exception>
    public long Drain(RecordDecoder decoder, long most = long.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        using var reading = BeginReading();
        return Consume(decoder, most);
    }

    /// <summary>All records that wait, as columns; returns at once.</summary>
    /// <exception cref="InvalidOperationException">Somebody else is reading, or the type of the records is not known.</exception>
    public Columns Drain()
    {
        var decoder = CreateDecoder();
        Drain(decoder);
        return WithLosses(decoder);
    }

    /// <summary>Waits for records, blocking this thread, then hands all there are to a handler on this thread.</summary>
    /// <param name="handler">Called for each record.</param>
    /// <param name="timeout">How long to wait at most; null waits for ever.</param>
    /// <param name="cancellationToken">Ends the wait; without one <see cref="BpfScope"/>'s.</param>
    /// <returns>How many there were; 0 when the time was up.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Somebody else is reading.</exception>
    public long Read(RecordHandler handler, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var sink = new HandlerSink(handler);
        return Read(ref sink, timeout, cancellationToken);
    }

    /// <summary>Waits for records, blocking this thread, then hands all there are to a sink on this thread.</summary>
    /// <inheritdoc cref="Read(RecordHandler, TimeSpan?, CancellationToken)"/>
    public long Read<TSink>(ref TSink sink, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        where TSink : struct, IRecordSink
    {
        var token = BpfScope.TokenOr(cancellationToken);
        using var reading = BeginReading();
        using var registration = token.UnsafeRegister(static state => ((RecordBuffer)state!).Wake(), this);
        var deadline = Deadline.In(timeout);
        while (true)
        {
            token.ThrowIfCancellationRequested();
            var count = Consume(ref sink, long.MaxValue);
            if (count > 0 || deadline.IsPast)
            {
                return count;
            }

            Wait(deadline.Milliseconds(Patience));
        }
    }

    /// <summary>Gathers records for a time, on a thread of its own.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="mostRows">Ends sooner when there are so many rows.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>; without one <see cref="BpfScope"/>'s.</param>
    /// <returns>The rows, those that waited already when it began included, and the losses since the last read.</returns>
    /// <exception cref="InvalidOperationException">Somebody else is reading, or the type of the records is not known.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed meanwhile.</exception>
    public async Task<Columns> CollectAsync(TimeSpan duration, int mostRows = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mostRows);
        var token = BpfScope.TokenOr(cancellationToken);
        token.ThrowIfCancellationRequested();
        using var pump = new RecordPump(this, CreateDecoder(), mostRows, Deadline.In(duration), endWhenFull: true, token);
        await pump.Completion.ConfigureAwait(false);
        return pump.Take();
    }

    /// <summary>
    /// The records as they come, in batches, gathered on a thread of its own while you work on the last batch. It goes on until the token is
    /// cancelled, the loop is left, or the object disposed.
    /// </summary>
    /// <param name="interval">The least time between batches; a tenth of a second when null.</param>
    /// <param name="mostRows">The most rows of a batch. While so many wait to be taken, nothing more is read, and what the ring cannot hold
    /// meanwhile is lost and counted.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>; without one <see cref="BpfScope"/>'s.</param>
    /// <returns>Batches of at least one row, or of none when only losses are to be told.</returns>
    /// <exception cref="InvalidOperationException">Somebody else is reading, or the type of the records is not known.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed meanwhile.</exception>
    public async IAsyncEnumerable<Columns> ReadBatchesAsync(
        TimeSpan? interval = null, int mostRows = 1 << 20, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mostRows);
        var token = BpfScope.TokenOr(cancellationToken);
        var pause = interval ?? TimeSpan.FromMilliseconds(100);
        var pump = new RecordPump(this, CreateDecoder(), mostRows, Deadline.Never, endWhenFull: false, token);
        try
        {
            while (await pump.WaitForRowsAsync().ConfigureAwait(false))
            {
                await Task.WhenAny(pump.Completion, Task.Delay(pause, token)).ConfigureAwait(false);
                token.ThrowIfCancellationRequested();
                yield return pump.Take();
            }

            await pump.Completion.ConfigureAwait(false); // says why it ended
        }
        finally
        {
            pump.Dispose();
            await pump.Completion.ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    /// <summary>A decoder for the records, into columns of its own; give it to <see cref="Drain(RecordDecoder, long)"/> again and again.</summary>
    /// <exception cref="InvalidOperationException">The type of the records is not known.</exception>
    /// <remarks>It is compiled here and not at the first record, which would wait for it (a millisecond or two).</remarks>
    public RecordDecoder CreateDecoder()
    {
        var decoder = RecordDecoder.For(RecordType ?? throw UnknownType(), Name, DecoderMode.Compiled);
        decoder.WarmUp();
        return decoder;
    }

    /// <summary>For records of several types in one buffer: each type into columns of its own.</summary>
    /// <param name="member">The integer or enum that tells them apart; every struct has it at the same place.</param>
    /// <param name="structs">Which value of it stands for which struct, by the struct's name in the C source.</param>
    /// <exception cref="ArgumentException">There is no such struct, or it has no such member, or in another place than the others.</exception>
    /// <exception cref="InvalidOperationException">The map belongs to no object.</exception>
    public RecordKinds ByKind(string member, IReadOnlyDictionary<long, string> structs)
    {
        ArgumentException.ThrowIfNullOrEmpty(member);
        ArgumentNullException.ThrowIfNull(structs);
        return new RecordKinds(this, member, structs);
    }

    /// <summary>How long a wait lasts at most before it looks again: records sent with BPF_RB_NO_WAKEUP wake nobody.</summary>
    internal const int Patience = 100;

    internal abstract ReadingGate Gate { get; }

    /// <summary>Waits for records, for the object's end, or for <see cref="Wake"/>. The caller holds the gate.</summary>
    internal abstract void Wait(int milliseconds);

    /// <summary>Ends a wait; any thread.</summary>
    internal abstract void Wake();

    /// <summary>Hands over what waits. The caller holds the gate.</summary>
    internal abstract long Consume<TSink>(ref TSink sink, long most)
        where TSink : IRecordSink;

    /// <summary>Decodes what waits. The caller holds the gate.</summary>
    internal abstract long Consume(RecordDecoder decoder, long most);

    /// <summary>What was lost since the last call.</summary>
    internal abstract Losses TakeLosses();

    internal ReadingGate.Reading BeginReading([CallerMemberName] string operation = "") => Gate.Enter(this, operation);

    /// <summary>The decoder's rows with what was lost until now.</summary>
    internal Columns WithLosses(RecordDecoder decoder)
    {
        decoder.Columns.Losses = decoder.Columns.Losses.Plus(TakeLosses());
        return decoder.ToColumns();
    }

    private InvalidOperationException UnknownType() =>
        new($"the type of the records of '{Name}' is not known: name the struct, as in RingBuffer(\"{Name}\", \"event\")");

    private readonly struct StructSink<T>(RecordHandler<T> handler, string name) : IRecordSink
        where T : unmanaged
    {
        public void OnRecord(ReadOnlySpan<byte> record)
        {
            if (record.Length < Unsafe.SizeOf<T>())
            {
                throw new BpfException("read a record of", $"'{name}'", detail: $"it has {record.Length} bytes, {typeof(T).Name} has {Unsafe.SizeOf<T>()}");
            }

            handler(in MemoryMarshal.AsRef<T>(record));
        }
    }

    private readonly struct HandlerSink(RecordHandler handler) : IRecordSink
    {
        public void OnRecord(ReadOnlySpan<byte> record) => handler(record);
    }
}

using System.Runtime.CompilerServices;

namespace BpfInteractive;

/// <summary>
/// Reads a buffer through which records of several types come, told apart by a member that all of them have at the same place: each type has
/// columns of its own. Made by <see cref="RecordBuffer.ByKind"/>. One reader of the buffer at a time.
/// </summary>
/// <remarks>
/// What the buffer lost cannot be told by type: the losses of a read stand in the columns of every type. Records of an unknown kind, or too
/// short to have one, are the loss <c>unknown-kind</c>.
/// </remarks>
/// <example><code>
/// var kinds = obj.RingBuffer("events").ByKind("kind", new Dictionary&lt;long, string&gt; { [1] = "open_event", [2] = "exit_event" });
/// var rows = await kinds.CollectAsync(TimeSpan.FromSeconds(5));
/// rows["open_event"].Text("path")
/// </code></example>
public sealed class RecordKinds
{
    private readonly RecordBuffer _buffer;
    private readonly IntegerSource _kind;
    private readonly Dictionary<long, RecordDecoder> _decoders = [];
    private long _unknown;

    internal RecordKinds(RecordBuffer buffer, string member, IReadOnlyDictionary<long, string> structs)
    {
        var owner = buffer.Map.Object ?? throw new InvalidOperationException($"map '{buffer.Name}' belongs to no object, whose BTF would say what its records are");
        ArgumentOutOfRangeException.ThrowIfZero(structs.Count, nameof(structs));
        IntegerSource? place = null;
        foreach (var (value, name) in structs)
        {
            var type = RecordTypes.Named(owner, name);
            var found = PlaceOf(type, member);
            if (place is { } other && other != found)
            {
                throw new ArgumentException(
                    $"member '{member}' of struct '{name}' is at byte {found.Offset} with {found.BitCount} bits, elsewhere than in the structs before it (byte {other.Offset}, "
                    + $"{other.BitCount} bits): it must be the same in all", nameof(structs));
            }

            place = found;
            _decoders.Add(value, RecordDecoder.For(type, name));
        }

        _buffer = buffer;
        _kind = place!.Value;
    }

    /// <summary>All records that wait, as columns by the name of their struct; returns at once. A struct without records has columns without rows.</summary>
    /// <param name="most">At most so many records.</param>
    /// <exception cref="InvalidOperationException">Somebody else is reading.</exception>
    public IReadOnlyDictionary<string, Columns> Drain(long most = long.MaxValue)
    {
        var sink = new Sink(this);
        _buffer.Drain(ref sink, most);
        return Take();
    }

    /// <summary>Gathers records for a time, on a thread of the pool.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>; without one <see cref="BpfScope"/>'s.</param>
    /// <returns>Columns by the name of the struct, those that waited already when it began included.</returns>
    /// <exception cref="InvalidOperationException">Somebody else is reading.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed meanwhile.</exception>
    public Task<IReadOnlyDictionary<string, Columns>> CollectAsync(TimeSpan duration, CancellationToken cancellationToken = default)
    {
        var token = BpfScope.TokenOr(cancellationToken);
        var deadline = Deadline.In(duration);
        return Task.Factory.StartNew<IReadOnlyDictionary<string, Columns>>(() => Collect(deadline, token), token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private Dictionary<string, Columns> Collect(Deadline deadline, CancellationToken token)
    {
        var sink = new Sink(this);
        while (!deadline.IsPast)
        {
            _buffer.Read(ref sink, TimeSpan.FromMilliseconds(deadline.Milliseconds(RecordBuffer.Patience)), token);
        }

        return Take();
    }

    private Dictionary<string, Columns> Take()
    {
        var losses = _buffer.TakeLosses().Plus(new Loss("unknown-kind", "records of a kind that was not named", _unknown));
        _unknown = 0;
        var taken = new Dictionary<string, Columns>(_decoders.Count, StringComparer.Ordinal);
        foreach (var decoder in _decoders.Values)
        {
            var rows = decoder.ToColumns();
            decoder.Clear();

            // Two kinds may be of one struct.
            taken[rows.Name] = taken.TryGetValue(rows.Name, out var before) ? Joined(before, rows) : rows.WithLosses(rows.Losses.Plus(losses));
        }

        return taken;
    }

    private static Columns Joined(Columns first, Columns second)
    {
        var joined = ColumnsBuilder.Like(first);
        joined.Append(first);
        joined.Append(second);
        return joined.ToColumns().WithLosses(first.Losses.Plus(second.Losses));
    }

    private static IntegerSource PlaceOf(BtfType type, string member)
    {
        foreach (var candidate in BtfFlatMember.Of(type.Resolve()))
        {
            var inner = candidate.Type.Resolve();
            if (candidate.Name == member && !candidate.IsBitField && inner.Kind is BtfKind.Int or BtfKind.Enum or BtfKind.Enum64 && inner.SizeBytes <= sizeof(long))
            {
                return IntegerSource.Whole(candidate.OffsetBytes, inner.SizeBytes, inner.IsSigned);
            }
        }

        throw new ArgumentException($"struct '{type.Name}' has no integer or enum '{member}' that could tell its records apart", nameof(member));
    }

    private void Append(ReadOnlySpan<byte> record)
    {
        if (record.Length >= _kind.End && _decoders.TryGetValue(_kind.Read(record), out var decoder))
        {
            decoder.Append(record);
        }
        else
        {
            _unknown++;
        }
    }

    private readonly struct Sink(RecordKinds kinds) : IRecordSink
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void OnRecord(ReadOnlySpan<byte> record) => kinds.Append(record);
    }
}

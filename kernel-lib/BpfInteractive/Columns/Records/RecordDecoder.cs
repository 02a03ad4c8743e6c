using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace BpfInteractive;

/// <summary>How a <see cref="RecordDecoder"/> works.</summary>
public enum DecoderMode
{
    /// <summary>Interprets the first thousands of records, then compiles, where this runtime can; the usual choice.</summary>
    Automatic,

    /// <summary>Compiles at once (under a millisecond or two), for readers that expect many records.</summary>
    Compiled,

    /// <summary>Never compiles; the way of runtimes without a JIT (native AOT).</summary>
    Interpreted,
}

/// <summary>
/// Takes records of one BTF type apart into columns. A field that a record is too short for is a null, counted in <see cref="ShortRecords"/>;
/// bytes behind the last field are ignored; nothing outside the record is ever read. One thread at a time.
/// </summary>
/// <remarks>
/// Nested structs become columns <c>outer.inner</c>; members of anonymous structs and unions keep their own name; every member of a union is a
/// column over the same bytes; enums give the name of their value (a value without a name its number) and bit-fields the type they
/// were declared with; pointers are addresses; <c>char[N]</c> is text up to the first NUL, <c>u8[N]</c> bytes, any other array a list; an array
/// without a size at the end takes what is left of the record.
/// </remarks>
public sealed unsafe class RecordDecoder
{
    private const int CompileAfter = 4096;

    private readonly FieldDecoder[] _fields;
    private readonly int _wholeLength;
    private readonly DecoderMode _mode;
    private DecodeBatch? _batch;
    private DecodeRing? _ring;
    private long _appended;

    private RecordDecoder(List<FieldDecoder> fields, ColumnsBuilder columns, DecoderMode mode)
    {
        _fields = [.. fields];
        _wholeLength = _fields.Max(field => field.End);
        _mode = mode;
        Columns = columns;
        foreach (var field in _fields)
        {
            columns.Add(field.Builder);
        }

        if (mode == DecoderMode.Compiled)
        {
            IsCompiled = RuntimeFeature.IsDynamicCodeSupported;
        }
    }

    /// <summary>The columns that records are appended to.</summary>
    public ColumnsBuilder Columns { get; }

    /// <summary>How many records were too short for some field.</summary>
    public long ShortRecords { get; private set; }

    /// <summary>Whether records go through compiled code by now.</summary>
    public bool IsCompiled { get; private set; }

    /// <summary>A decoder into columns of its own.</summary>
    /// <param name="type">A struct or union, or any type that has a value.</param>
    /// <param name="name">The name of the capture.</param>
    /// <param name="mode">How it works.</param>
    /// <exception cref="ArgumentException">The type has no fields.</exception>
    public static RecordDecoder For(BtfType type, string name, DecoderMode mode = DecoderMode.Automatic) =>
        For(type, new ColumnsBuilder(name), type.Resolve().Kind is BtfKind.Struct or BtfKind.Union ? "" : "value", mode);

    /// <summary>A decoder that adds its columns to others: a map's key and value side by side.</summary>
    /// <param name="type">A struct or union, or any type that has a value.</param>
    /// <param name="columns">Where the columns go.</param>
    /// <param name="prefix">The name of the column of a type without members, and what stands before the fields' names otherwise: "key" gives
    /// <c>key.pid</c>; "" gives <c>pid</c>.</param>
    /// <param name="mode">How it works.</param>
    /// <exception cref="ArgumentException">The type has no fields, or a column of such a name is there already.</exception>
    public static RecordDecoder For(BtfType type, ColumnsBuilder columns, string prefix, DecoderMode mode = DecoderMode.Automatic)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(prefix);
        return new RecordDecoder(RecordShape.Flatten(type, prefix), columns, mode);
    }

    /// <summary>Appends a row.</summary>
    public void Append(ReadOnlySpan<byte> record)
    {
        fixed (byte* bytes = record)
        {
            // An empty span has a null pointer, which is never read: it is shorter than any field.
            var pointer = (nint)bytes;
            var length = record.Length;
            AppendBatch(&pointer, &length, 1);
        }
    }

    /// <summary>The rows so far, with the short records among the losses.</summary>
    public Columns ToColumns()
    {
        var losses = Columns.Losses.Plus(new Loss("short-records", "records too short for some field", ShortRecords));
        return Columns.ToColumns().WithLosses(losses);
    }

    /// <summary>Starts again at no rows.</summary>
    public void Clear()
    {
        Columns.Clear();
        ShortRecords = 0;
    }

    /// <summary>Appends a row for each record of a batch. The records stay where they are until this returns.</summary>
    internal void AppendBatch(nint* records, int* lengths, int count)
    {
        _appended += count;
        if (!IsCompiled && _mode == DecoderMode.Automatic && _appended > CompileAfter)
        {
            IsCompiled = RuntimeFeature.IsDynamicCodeSupported;
        }

        var done = 0;
        while (done < count)
        {
            var whole = CountWhole(lengths + done, count - done);
            AppendWhole(records + done, lengths + done, whole);
            done += whole;
            if (done < count)
            {
                ShortRecords++;
                Interpret(records[done], lengths[done]);
                done++;
            }
        }
    }

    /// <summary>
    /// Appends a row for each finished record of a ring that the walk meets, and moves it on; it stops early before a record that is unfinished, too short or
    /// damaged. Only where <see cref="IsCompiled"/>.
    /// </summary>
    internal int AppendWalk(RingWalk* walk)
    {
        _ring ??= CompileRing();
        var first = _fields[0].Builder.Count;
        var atMost = (walk->End - walk->Position + WholeRecordBytes - 1) / WholeRecordBytes;
        walk->Most = (nint)Math.Min((ulong)walk->Most, atMost);
        Prepare(checked(first + (int)walk->Most));
        var rows = _ring(_fields, walk, first);
        Finish(first + rows);
        return rows;
    }

    /// <summary>Compiles what reads a ring, by walking none, so that the first records do not wait for it.</summary>
    internal void WarmUp()
    {
        if (IsCompiled)
        {
            var nothing = default(RingWalk);
            AppendWalk(&nothing);
        }
    }

    /// <summary>What the shortest whole record takes in a ring.</summary>
    private ulong WholeRecordBytes => (ulong)((_wholeLength + 7) & ~7) + RingWalk.HeaderBytes;

    private int CountWhole(int* lengths, int count)
    {
        var whole = 0;
        while (whole < count && lengths[whole] >= _wholeLength)
        {
            whole++;
        }

        return whole;
    }

    private void AppendWhole(nint* records, int* lengths, int count)
    {
        if (!IsCompiled || count == 0)
        {
            for (var at = 0; at < count; at++)
            {
                Interpret(records[at], lengths[at]);
            }

            return;
        }

        _batch ??= CompileBatch();
        var first = _fields[0].Builder.Count;
        Prepare(checked(first + count));
        _batch(_fields, records, lengths, count, first);
        Finish(first + count);
    }

    /// <summary>Before rows are written in place: room for them.</summary>
    private void Prepare(int rows)
    {
        foreach (var field in _fields)
        {
            field.Builder.EnsureCapacity(rows);
            field.Bind();
        }
    }

    /// <summary>After rows were written in place: they count.</summary>
    private void Finish(int rows)
    {
        foreach (var field in _fields)
        {
            if (field.DirectBuffer is not null)
            {
                field.Builder.SetCount(rows);
            }
        }
    }

    private void Interpret(nint record, int length)
    {
        var bytes = new ReadOnlySpan<byte>((void*)record, length);
        foreach (var field in _fields)
        {
            field.Append(bytes);
        }
    }

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "only where IsDynamicCodeSupported")]
    private DecodeBatch CompileBatch() => RecordCompiler.CompileBatch(_fields, _wholeLength);

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "only where IsDynamicCodeSupported")]
    private DecodeRing CompileRing() => RecordCompiler.CompileRing(_fields, _wholeLength);
}

namespace BpfInteractive;

/// <summary>
/// Takes one field out of a record and appends it to its column: the interpreter's way. The compiler (<see cref="RecordCompiler"/>) asks for
/// <see cref="DirectBuffer"/> and writes there itself, and falls back to <see cref="Append"/> for fields without one.
/// </summary>
internal abstract class FieldDecoder(int offset)
{
    /// <summary>Where the field starts, in bytes from the start of the record (or of the list element that holds it).</summary>
    internal int Offset { get; } = offset;

    /// <summary>The first byte behind what must be there for the field to have a value.</summary>
    internal abstract int End { get; }

    internal abstract ColumnBuilder Builder { get; }

    /// <summary>The array behind the column, for code that writes rows in place; null when rows must go through <see cref="Append"/>.</summary>
    internal virtual Array? DirectBuffer => null;

    /// <summary>Appends a row; a record too short for the field gives a null.</summary>
    internal void Append(ReadOnlySpan<byte> record)
    {
        if (record.Length < End)
        {
            Builder.AppendNull();
        }
        else
        {
            AppendValue(record);
        }
    }

    /// <summary><see cref="Append"/> for compiled code, which knows the record by its address.</summary>
    internal static unsafe void AppendAt(FieldDecoder field, nint record, int length) =>
        field.Append(new ReadOnlySpan<byte>((void*)record, length)); // SAFETY: the caller of the decoder holds the record for the call

    /// <summary>The bytes that one row takes in <see cref="DirectBuffer"/>.</summary>
    internal virtual int ElementWidth => 0;

    /// <summary>Called before rows are written, so that what is remembered by code follows a dictionary that was replaced.</summary>
    internal virtual void Bind()
    {
    }

    private protected abstract void AppendValue(ReadOnlySpan<byte> record);
}

namespace BpfInteractive;

/// <summary>Takes one record. The bytes are the ring's own memory: they are valid until the call returns.</summary>
public delegate void RecordHandler(ReadOnlySpan<byte> record);

/// <summary>Takes one record as a struct. The reference is into the ring's own memory: it is valid until the call returns.</summary>
/// <typeparam name="T">A struct laid out as the record.</typeparam>
public delegate void RecordHandler<T>(ref readonly T record)
    where T : unmanaged;

/// <summary>
/// Takes records one by one, as a struct that the reader's loop is compiled for: the fastest way, as nothing is called indirectly.
/// </summary>
public interface IRecordSink
{
    /// <summary>Takes one record. The bytes are the ring's own memory: they are valid until the call returns.</summary>
    void OnRecord(ReadOnlySpan<byte> record);
}

namespace BpfInteractive;

/// <summary>Lets one reader in at a time: each record goes to one reader alone, so that two would each see a part.</summary>
internal sealed class ReadingGate
{
    private string? _reader;

    /// <summary>Lets the caller in; leaving is by disposing the result.</summary>
    /// <exception cref="InvalidOperationException">Somebody is in; the message says by which operation.</exception>
    internal Reading Enter(RecordBuffer buffer, string operation)
    {
        var inside = Interlocked.CompareExchange(ref _reader, operation, null);
        return inside is null
            ? new Reading(this)
            : throw new InvalidOperationException(
                $"'{buffer.Name}' is being read by {inside}, and has one reader at a time (each record goes to one alone); end that first");
    }

    /// <summary>Somebody's turn.</summary>
    internal readonly struct Reading(ReadingGate gate) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref gate._reader, null);
    }
}

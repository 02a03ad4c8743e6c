namespace BpfInteractive;

/// <summary>Cuts parts of a stream into rows of one size; a row split between two parts is put together.</summary>
internal sealed class RowAssembler(RecordDecoder decoder, int rowBytes)
{
    private readonly byte[] _begun = new byte[rowBytes];
    private int _begunBytes;

    internal void Append(ReadOnlySpan<byte> part)
    {
        if (_begunBytes > 0)
        {
            var taken = Math.Min(rowBytes - _begunBytes, part.Length);
            part[..taken].CopyTo(_begun.AsSpan(_begunBytes));
            part = part[taken..];
            _begunBytes += taken;
            if (_begunBytes < rowBytes)
            {
                return;
            }

            decoder.Append(_begun);
        }

        while (part.Length >= rowBytes)
        {
            decoder.Append(part[..rowBytes]);
            part = part[rowBytes..];
        }

        part.CopyTo(_begun);
        _begunBytes = part.Length;
    }

    /// <summary>The rows; what is left of an unfinished one is a short record.</summary>
    internal Columns Complete()
    {
        if (_begunBytes > 0)
        {
            decoder.Append(_begun.AsSpan(0, _begunBytes));
            _begunBytes = 0;
        }

        return decoder.ToColumns();
    }
}

using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// The verifier's logs of one load. By default all programs share a buffer that is written to only when one is refused (libbpf stops
/// there); with a log level each program has its own.
/// </summary>
internal sealed unsafe class ProgramLogs : IDisposable
{
    private readonly List<(string Program, VerifierLogBuffer Buffer)> _buffers = [];
    private readonly bool _shared;

    internal ProgramLogs(OpenBpfObject source)
    {
        _shared = source.LogLevel == 0;
        foreach (var program in source.Programs)
        {
            if (!program.Autoload)
            {
                continue;
            }

            if (!_shared || _buffers.Count == 0)
            {
                _buffers.Add((program.Name, VerifierLogBuffer.Create()));
            }

            var buffer = _buffers[^1].Buffer;
            _ = LibBpf.bpf_program__set_log_level(program.Pointer, (uint)source.LogLevel);
            _ = LibBpf.bpf_program__set_log_buf(program.Pointer, buffer.Pointer, buffer.Size);
        }
    }

    /// <summary>The log of the program that was refused: the last one written.</summary>
    internal byte[] OfRefused()
    {
        for (var i = _buffers.Count - 1; i >= 0; i--)
        {
            if (!_buffers[i].Buffer.IsEmpty)
            {
                return _buffers[i].Buffer.Copy();
            }
        }

        return [];
    }

    /// <summary>The log of an accepted program, or null when none was asked for.</summary>
    internal byte[]? OfAccepted(string program)
    {
        if (_shared)
        {
            return null;
        }

        foreach (var (name, buffer) in _buffers)
        {
            if (name == program)
            {
                return buffer.Copy();
            }
        }

        return null;
    }

    public void Dispose()
    {
        foreach (var (_, buffer) in _buffers)
        {
            buffer.Dispose();
        }
    }
}

using System.Buffers.Text;

namespace BpfInteractive;

/// <summary>
/// The kernel's functions, its modules' and the loaded BPF programs', from /proc/kallsyms: lines of <c>ADDRESS KIND name [module]</c>.
/// Where kptr_restrict hides the addresses they read as zero, without an error. Of several names for one address the first is taken, as the kernel itself does when it
/// writes out a stack.
/// </summary>
internal static class KernelSymbolTable
{
    /// <summary>kallsyms has no sizes: a function reaches to the next one, but not across the gap behind the last of a module.</summary>
    private const ulong LongestFunction = 1 << 20;

    /// <summary>A name has 512 bytes at most (KSYM_NAME_LEN); a longer line is none of the kernel's and is left out.</summary>
    private const int BufferBytes = 64 << 10;

    /// <summary>As many as a distribution's kernel has, with its modules.</summary>
    private const int UsualFunctions = 200_000;

    /// <summary>Reads the text; null where the addresses are hidden.</summary>
    internal static KernelCode? Parse(byte[] text, ulong[]? wanted = null) => Read(new MemoryStream(text), wanted);

    /// <summary>As above, a piece at a time.</summary>
    /// <param name="text">The text.</param>
    /// <param name="wanted">
    /// Ascending addresses: functions that none of them is in, nor right behind, are left out, but for those of BPF programs. Without them all functions are taken.
    /// </param>
    internal static KernelCode? Read(Stream text, ulong[]? wanted = null)
    {
        var lines = new Lines(wanted);
        var buffer = new byte[BufferBytes];
        var (length, isEmpty) = (0, true);
        for (int n; (n = text.Read(buffer, length, buffer.Length - length)) > 0;)
        {
            isEmpty = false;
            length += n;
            var used = lines.AddAll(buffer.AsSpan(0, length));
            used = used == 0 && length == buffer.Length ? length : used;
            buffer.AsSpan(used, length - used).CopyTo(buffer);
            length -= used;
        }

        lines.Add(buffer.AsSpan(0, length));
        return lines.Build(isEmpty);
    }

    /// <summary>The functions of the lines. One waits for the next address, which tells whether an address that is wanted is in it.</summary>
    private sealed class Lines(ulong[]? wanted)
    {
        private readonly bool _all = wanted is null;
        private readonly ulong[] _wanted = wanted ?? [];
        private readonly SymbolTableBuilder _functions = new(wanted is null ? UsualFunctions : wanted.Length);
        private readonly NameBytes _names = new(wanted is null ? 8 << 20 : 64 << 10);
        private KernelCode.Bounds _bounds;
        private ulong _address;
        private int _next; // among those that are wanted: the first that is not before the address
        private int _waiting = -1; // where its name is
        private bool _keep;
        private bool _found;

        /// <summary>Takes in all whole lines; gives the bytes that they have.</summary>
        internal int AddAll(ReadOnlySpan<byte> text)
        {
            var at = 0;
            for (int end; (end = text[at..].IndexOf((byte)'\n')) >= 0; at += end + 1)
            {
                Add(text.Slice(at, end));
            }

            return at;
        }

        internal void Add(ReadOnlySpan<byte> line)
        {
            // "ffffffff81000000 T name\t[module]": the kinds t, T, w and W are code.
            if (!Utf8Parser.TryParse(line, out ulong address, out var used, 'x') || address == 0 || used + 3 >= line.Length || (line[used + 1] | 0x20) is not ((byte)'t' or (byte)'w'))
            {
                return;
            }

            _found = true;
            var name = line[(used + 3)..];
            _bounds.Note(name, address);
            if (address == _address)
            {
                return;
            }

            Close(address);
            _address = address;
            Seek();
            _keep = _all || KernelCode.IsBpf(name);
            _waiting = _names.Add(name);
        }

        internal KernelCode? Build(bool isEmpty)
        {
            Close(ulong.MaxValue);
            return _found || isEmpty ? KernelCode.Of(_functions.Build(_names.Written), _bounds) : null;
        }

        // Where the next begins this one ends, but for the last of a section, behind which one of a lower address comes.
        private void Close(ulong next)
        {
            if (_waiting < 0)
            {
                return;
            }

            var limit = _address + LongestFunction;
            var end = next > _address ? Math.Min(next, limit) : limit;
            if (_keep || (_next < _wanted.Length && _wanted[_next] <= end))
            {
                _functions.Add(_address, new SymbolTableBuilder.Candidate(0, end, _waiting, SymbolRank.Global));
            }
            else
            {
                _names.Forget(_waiting);
            }

            _waiting = -1;
        }

        // Mostly a few steps: the lines of a section ascend.
        private void Seek()
        {
            if (_next > 0 && _wanted[_next - 1] >= _address)
            {
                var at = Array.BinarySearch(_wanted, _address);
                _next = at < 0 ? ~at : at;
                return;
            }

            while (_next < _wanted.Length && _wanted[_next] < _address)
            {
                _next++;
            }
        }
    }

    /// <summary>Names, each with a NUL behind it. Room that is not written to costs nothing.</summary>
    private sealed class NameBytes(int capacity)
    {
        private byte[] _bytes = GC.AllocateUninitializedArray<byte>(capacity);
        private int _length;

        internal ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

        internal int Add(ReadOnlySpan<byte> name)
        {
            var at = _length;
            if (_bytes.Length - at <= name.Length)
            {
                Array.Resize(ref _bytes, (_bytes.Length * 2) + name.Length);
            }

            name.CopyTo(_bytes.AsSpan(at));
            _bytes[at + name.Length] = 0;
            _length = at + name.Length + 1;
            return at;
        }

        /// <summary>Drops the names from one on.</summary>
        internal void Forget(int from) => _length = from;
    }
}

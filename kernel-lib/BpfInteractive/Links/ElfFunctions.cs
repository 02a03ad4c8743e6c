using System.Buffers.Binary;
using System.Text;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// The functions of an ELF file and where in the file each begins: what a uprobe is attached to. Reads .symtab and .dynsym of 64-bit
/// little-endian files; the file is not trusted.
/// </summary>
internal sealed class ElfFunctions
{
    private const int SectionHeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int SymbolSize = 24;
    private const int SymbolTable = 2;
    private const int DynamicSymbolTable = 11;
    private const int Function = 2;
    private const int IndirectFunction = 10;
    private const uint Loadable = 1;
    private const uint Executable = 1;

    private readonly Dictionary<string, ulong> _offsets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _indirect = new(StringComparer.Ordinal);
    private readonly byte[] _file;

    private ElfFunctions(byte[] file) => _file = file;

    /// <summary>Each function's name and offset in the file.</summary>
    internal IReadOnlyDictionary<string, ulong> Offsets => _offsets;

    /// <summary>The file offset of one function.</summary>
    internal static ulong Find(string path, string name, AttachFailure failure)
    {
        var functions = Read(path, failure);
        if (functions._offsets.TryGetValue(name, out var offset))
        {
            return offset;
        }

        throw functions._indirect.Contains(name)
            ? failure.Because($"'{name}' is an indirect function: the loader picks one of its implementations when the program starts",
                "name the implementation", Errno.ENOENT)
            : failure.Because($"{path} has no function '{name}'{functions.Near(name)}", errno: Errno.ENOENT);
    }

    /// <summary>The file offsets of all functions that a pattern names, each once.</summary>
    internal static ulong[] FindAll(string path, string pattern, AttachFailure failure)
    {
        var functions = Read(path, failure);
        ulong[] found = [.. functions._offsets.Where(entry => KernelFunctions.Matches(entry.Key, pattern)).Select(entry => entry.Value).Distinct().Order()];
        return found.Length > 0
            ? found
            : throw failure.Because($"{path} has no function '{pattern}'{functions.Near(pattern)}", errno: Errno.ENOENT);
    }

    /// <summary>Reads the tables of an ELF file.</summary>
    /// <exception cref="InvalidDataException">It is no 64-bit little-endian ELF file, or its tables lie outside of it.</exception>
    internal static ElfFunctions Parse(byte[] file)
    {
        if (file.Length < 64 || !file.AsSpan(0, 6).SequenceEqual((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
        {
            throw new InvalidDataException("it is not a 64-bit little-endian ELF file");
        }

        var functions = new ElfFunctions(file);
        var sections = (long)functions.UInt64(0x28);
        var count = functions.UInt16(0x3c);
        for (var index = 0; index < count; index++)
        {
            var header = sections + (index * SectionHeaderSize);
            if (functions.UInt32(header + 4) is SymbolTable or DynamicSymbolTable)
            {
                functions.AddSymbols(header, sections);
            }
        }

        return functions;
    }

    private static ElfFunctions Read(string path, AttachFailure failure)
    {
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw failure.Because($"{path} cannot be read: {error.Message}");
        }
    }

    private string Near(string name) => _offsets.Count == 0 ? "; its symbols are stripped: give a file offset"
        : NearestName.Of(name, _offsets.Keys) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    private void AddSymbols(long header, long sections)
    {
        var (start, size, names) = ((long)UInt64(header + 0x18), (long)UInt64(header + 0x20), UInt32(header + 0x28));
        var strings = sections + (names * (long)SectionHeaderSize);
        var (stringStart, stringSize) = ((long)UInt64(strings + 0x18), (long)UInt64(strings + 0x20));
        for (var symbol = start; symbol <= start + size - SymbolSize; symbol += SymbolSize)
        {
            var type = Byte(symbol + 4) & 0xf;
            var value = UInt64(symbol + 8);
            if (type is Function or IndirectFunction && value != 0 && UInt16(symbol + 6) != 0)
            {
                Add(type, Name(stringStart + UInt32(symbol), stringStart + stringSize), value);
            }
        }
    }

    private void Add(int type, string name, ulong address)
    {
        if (type == IndirectFunction)
        {
            _indirect.Add(name);
        }
        else if (FileOffset(address) is { } offset)
        {
            _offsets.TryAdd(name, offset);
        }
    }

    /// <summary>Where in the file an address of executable code lies.</summary>
    private ulong? FileOffset(ulong address)
    {
        var (headers, count) = ((long)UInt64(0x20), UInt16(0x38));
        for (var index = 0; index < count; index++)
        {
            var header = headers + (index * ProgramHeaderSize);
            var (offset, virtualAddress, size) = (UInt64(header + 8), UInt64(header + 16), UInt64(header + 32));
            if (UInt32(header) == Loadable && (UInt32(header + 4) & Executable) != 0 && address >= virtualAddress && address - virtualAddress < size)
            {
                return address - virtualAddress + offset;
            }
        }

        return null;
    }

    private string Name(long start, long end)
    {
        var bytes = At(start, checked((int)Math.Max(0, Math.Min(end, _file.Length) - start)));
        var length = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(length < 0 ? bytes : bytes[..length]);
    }

    private byte Byte(long offset) => At(offset, 1)[0];

    private ushort UInt16(long offset) => BinaryPrimitives.ReadUInt16LittleEndian(At(offset, 2));

    private uint UInt32(long offset) => BinaryPrimitives.ReadUInt32LittleEndian(At(offset, 4));

    private ulong UInt64(long offset) => BinaryPrimitives.ReadUInt64LittleEndian(At(offset, 8));

    private ReadOnlySpan<byte> At(long offset, int length) => offset >= 0 && offset <= _file.Length - length
        ? _file.AsSpan((int)offset, length)
        : throw new InvalidDataException($"it is damaged: a table points to byte {offset} of {_file.Length}");
}

namespace BpfInteractive;

/// <summary>From what a program wrote of files and names (struct vma_name and its text) to what a snapshot keeps of them.</summary>
internal static class KernelNames
{
    internal static VmaName Read(in VmaNameRecord record, ReadOnlySpan<byte> text)
    {
        var path = PathOf(record, text);
        var deleted = (record.Flags & VmaNameRecord.DeletedFlag) != 0;
        var isFile = record.Kind is not (VmaNameKind.Special or VmaNameKind.Named);
        return new VmaName
        {
            Kind = VmaKinds.Of(path, deleted),
            Path = VmaPath.ToUtf8(path).ToArray(),
            IsDeleted = deleted,
            IsTruncated = (record.Flags & VmaNameRecord.TruncatedFlag) != 0,
            Device = record.Device,
            Inode = record.Inode,
            IsFile = isFile,
            Generation = isFile ? record.Generation : null,
            KernelFile = isFile ? (record.KernelDevice, record.KernelInode) : null,
        };
    }

    private static byte[] PathOf(in VmaNameRecord record, ReadOnlySpan<byte> text)
    {
        var name = text.TrimEnd((byte)0);
        return record.Kind switch
        {
            VmaNameKind.Path => Join(text, record.Flags),
            VmaNameKind.Pseudo => [(byte)'/', .. name],
            VmaNameKind.AnonymousInode => [.. "anon_inode:"u8, .. name],
            VmaNameKind.Socket => System.Text.Encoding.ASCII.GetBytes(FormattableString.Invariant($"socket:[{record.Inode}]")),
            VmaNameKind.DmaBuffer => [.. "/dmabuf:"u8, .. name],
            VmaNameKind.Named => [.. "[anon:"u8, .. name, (byte)']'],
            VmaNameKind.NamedShared => [.. "[anon_shmem:"u8, .. name, (byte)']'],
            _ => name.ToArray(),
        };
    }

    // "libc.so\0lib\0usr\0" is /usr/lib/libc.so.
    private static byte[] Join(ReadOnlySpan<byte> pieces, uint flags)
    {
        if (pieces.IsEmpty || (flags & VmaNameRecord.EscapedFlag) != 0)
        {
            return [(byte)'/'];
        }

        var path = new byte[pieces.Length];
        var end = path.Length;
        while (!pieces.IsEmpty)
        {
            var length = pieces.IndexOf((byte)0);
            end -= length + 1;
            path[end] = (byte)'/';
            pieces[..length].CopyTo(path.AsSpan(end + 1));
            pieces = pieces[(length + 1)..];
        }

        return path;
    }
}

/// <summary>Puts the records of a program into a table. Names are numbered as the program did, from a base that moves with each batch.</summary>
internal sealed class KernelRows(VmaTable table)
{
    private static readonly VmaName s_heap = new() { Kind = VmaKind.Heap, Path = "[heap]"u8.ToArray() };
    private static readonly VmaName s_stack = new() { Kind = VmaKind.Stack, Path = "[stack]"u8.ToArray() };
    private static readonly ulong s_pageSize = (ulong)Environment.SystemPageSize;

    private readonly Unnamed _unnamed = new(table.AddName(VmaName.Anonymous), table.AddName(s_heap), table.AddName(s_stack));
    private int[] _numbers = [];

    /// <summary>Takes in the names of a batch: what the program calls 1, 2, ... is numbered from here on.</summary>
    internal void SetNames(ReadOnlySpan<VmaNameRecord> names, ReadOnlySpan<byte> text)
    {
        for (var index = 0; index < names.Length; index++)
        {
            SetName(index, names[index], text.Slice((int)names[index].Text, (int)names[index].Length));
        }
    }

    /// <summary>Takes in one name under the program's index.</summary>
    internal void SetName(int index, in VmaNameRecord name, ReadOnlySpan<byte> text)
    {
        if (index >= _numbers.Length)
        {
            Array.Resize(ref _numbers, Math.Max(64, Math.Max(index + 1, _numbers.Length * 2)));
        }

        _numbers[index] = table.AddName(KernelNames.Read(name, text));
    }

    /// <summary>Adds the rows of a batch.</summary>
    internal void Add(ReadOnlySpan<VmaRecord> records) => table.Add(records, _numbers, _unnamed, s_pageSize);

    /// <summary>The numbers of what has no entry among the program's names.</summary>
    internal readonly record struct Unnamed(int Anonymous, int Heap, int Stack)
    {
        internal int NumberOf(uint flags) => (flags & (VmaRecord.HeapFlag | VmaRecord.StackFlag)) switch
        {
            0 => Anonymous,
            VmaRecord.HeapFlag => Heap,
            _ => Stack,
        };
    }
}

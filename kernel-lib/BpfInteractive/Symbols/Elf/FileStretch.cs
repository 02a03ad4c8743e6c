using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>
/// A stretch of bytes: in memory, or of a file, of which blocks are read when they are first asked for and a bounded number is kept. Nothing is mapped: a file that is truncated
/// under a mapping kills the reader by SIGBUS.
/// </summary>
/// <remarks>
/// One thread at a time. Borrows the file: once that is closed, was made shorter, or was written over since it was opened, nothing more is told of it, for what is kept of it and
/// what would be read now need not belong together.
/// </remarks>
internal sealed class FileStretch
{
    internal const int BlockBytes = 4096;

    /// <summary>What is kept of a file; a block's number tells its place.</summary>
    internal const int MostBlocks = 64;

    /// <summary>The longest piece of a file that is told at once.</summary>
    internal const int LongestPiece = 1 << 20;

    private readonly SafeFileHandle? _file;
    private readonly long _from;
    private readonly FileStamp _stamp;
    private readonly (long Number, byte[]? Bytes)[] _blocks = [];
    private byte[] _bytes;
    private int _kept;

    private FileStretch(SafeFileHandle? file, FileStamp stamp, long from, int length, byte[] bytes)
    {
        (_file, _stamp, _from, Length, _bytes) = (file, stamp, from, length, bytes);
        _blocks = file is null ? [] : new (long, byte[]?)[Math.Min(MostBlocks, ((from + length) / BlockBytes) - (from / BlockBytes) + 1)];
    }

    internal int Length { get; }

    /// <summary>The memory it takes.</summary>
    internal long SizeBytes => _bytes.Length + ((long)_kept * BlockBytes) + (24L * _blocks.Length);

    /// <summary>Whether the file cannot be read any more.</summary>
    internal bool IsLost { get; private set; }

    /// <summary>Bytes in memory.</summary>
    internal static FileStretch Of(byte[] bytes) => new(null, default, 0, bytes.Length, bytes);

    /// <summary>Bytes of an open file, which stays the caller's.</summary>
    /// <param name="file">The file.</param>
    /// <param name="stamp">What it was when its headers were read, by which the stretch was found.</param>
    /// <param name="from">Where the stretch begins.</param>
    /// <param name="length">Its bytes; they lie within the file.</param>
    internal static FileStretch Of(SafeFileHandle file, FileStamp stamp, long from, int length) => new(file, stamp, from, length, []);

    /// <summary>Some of the bytes.</summary>
    /// <returns>They are valid until others are taken. None, where they are not all in the stretch, are too many at once, or the file is lost.</returns>
    internal ReadOnlySpan<byte> Take(int at, int length)
    {
        if (at < 0 || length <= 0 || at > Length || length > Length - at)
        {
            return default;
        }

        if (_file is null)
        {
            return _bytes.AsSpan(at, length);
        }

        var from = _from + at;
        var within = (int)(from % BlockBytes);
        return within + length <= BlockBytes && BlockOf(from / BlockBytes) is { } block ? block.AsSpan(within, length) : TakeMany(from, length);
    }

    private ReadOnlySpan<byte> TakeMany(long from, int length)
    {
        if (IsLost || length > LongestPiece)
        {
            return default;
        }

        if (_bytes.Length < length)
        {
            _bytes = new byte[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length)];
        }

        for (var done = 0; done < length;)
        {
            if (BlockOf((from + done) / BlockBytes) is not { } block)
            {
                return default;
            }

            var within = (int)((from + done) % BlockBytes);
            var count = Math.Min(BlockBytes - within, length - done);
            block.AsSpan(within, count).CopyTo(_bytes.AsSpan(done));
            done += count;
        }

        return _bytes.AsSpan(0, length);
    }

    private byte[]? BlockOf(long number)
    {
        ref var slot = ref _blocks[number % _blocks.Length];
        if (slot.Bytes is not null && slot.Number == number)
        {
            return slot.Bytes;
        }

        if (slot.Bytes is null && !IsLost)
        {
            slot.Bytes = GC.AllocateUninitializedArray<byte>(BlockBytes);
            _kept++;
        }

        // Until it is whole it is nobody's.
        slot.Number = -1;
        IsLost = IsLost || !TryFill(slot.Bytes, number);
        slot.Number = IsLost ? -1 : number;
        return IsLost ? null : slot.Bytes;
    }

    private bool TryFill(Span<byte> block, long number)
    {
        var end = Math.Min(BlockBytes, _from + Length - (number * BlockBytes));
        try
        {
            for (int done = 0, count; done < end; done += count)
            {
                count = RandomAccess.Read(_file!, block[done..], (number * BlockBytes) + done);
                if (count == 0)
                {
                    return false;
                }
            }

            return FileStamp.Of(_file!) == _stamp;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException)
        {
            return false;
        }
    }
}

/// <summary>By what a change of an open file's bytes shows. Not the time of change: that moves also when the file gets another name, or none.</summary>
internal readonly record struct FileStamp(long SizeBytes, long ModifiedNs)
{
    /// <summary>Asks an open file; one that cannot be asked is like no other.</summary>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    internal static FileStamp Of(SafeFileHandle file)
    {
        var isHeld = false;
        try
        {
            // Its number may be another file's as soon as it is closed.
            file.DangerousAddRef(ref isHeld);
            return Libc.TryStat((int)file.DangerousGetHandle(), out var status) ? new FileStamp((long)status.Size, status.ModifiedNs) : new FileStamp(-1, 0);
        }
        finally
        {
            if (isHeld)
            {
                file.DangerousRelease();
            }
        }
    }
}

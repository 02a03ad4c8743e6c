using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// Unwinds the stacks that came with samples, against the mappings captured so far and the files held, and drops their bytes: addresses alone are kept. A sample whose
/// mappings are still on their way (they come when its task returns to user space) waits for them, not longer than a second.
/// </summary>
/// <remarks>Under the lock of <see cref="SamplerDrain.Gate"/>.</remarks>
internal sealed class CopiedStacks(ProfileBuilder builder, SampledCode code, StackUnwinding how)
{
    internal const int Registers = 17;

    private const int MostFrames = 512;
    private const long LongestWaitNs = 1_000_000_000;
    private const long MostWaitingBytes = 32 << 20;

    private readonly StackUnwinder _unwinder = new(UnwindArchitecture.X64);
    private readonly UnwindFiles _files = new(builder, code, UnwindArchitecture.X64);
    private readonly UnwindFrame[] _frames = new UnwindFrame[MostFrames];
    private readonly ulong[] _addresses = new ulong[MostFrames];
    private readonly Queue<Waiting> _waiting = [];
    private long _waitingBytes;

    /// <summary>What has come of them.</summary>
    internal UnwindCounts Counts { get; } = new();

    /// <summary>A sample whose mappings are not all known; its bytes are the frames of the kernel, those by frame pointer, the registers, where the stack's copy begins, and the stack.</summary>
    private readonly record struct Waiting(ProfileSample Sample, byte[] Rented, int Length, int KernelFrames, int UserFrames);

    /// <summary>Takes in a sample and its copy.</summary>
    /// <param name="sample">All but its addresses.</param>
    /// <param name="contents">The frames of the kernel, those by frame pointer, the registers, where the stack's copy begins, and the stack, as they are in the sample's record.</param>
    /// <param name="kernelFrames">How many there are of the first.</param>
    /// <param name="userFrames">And of the second.</param>
    internal void Add(in ProfileSample sample, ReadOnlySpan<byte> contents, int kernelFrames, int userFrames)
    {
        if (TryFinish(sample, contents, kernelFrames, userFrames, isLast: false))
        {
            return;
        }

        var rented = ArrayPool<byte>.Shared.Rent(contents.Length);
        contents.CopyTo(rented);
        _waiting.Enqueue(new Waiting(sample, rented, contents.Length, kernelFrames, userFrames));
        _waitingBytes += rented.Length;
        while (_waitingBytes > MostWaitingBytes)
        {
            Finish(_waiting.Dequeue(), isLast: true);
        }
    }

    /// <summary>Tries those that wait once more.</summary>
    /// <param name="isLast">Whether nothing more will be known of them.</param>
    internal void Retry(bool isLast)
    {
        for (var count = _waiting.Count; count > 0; count--)
        {
            var waiting = _waiting.Dequeue();
            if (!Finish(waiting, isLast || Clocks.MonotonicNs - waiting.Sample.TimeNs > LongestWaitNs))
            {
                _waiting.Enqueue(waiting);
            }
        }
    }

    private bool Finish(in Waiting waiting, bool isLast)
    {
        if (!TryFinish(waiting.Sample, waiting.Rented.AsSpan(0, waiting.Length), waiting.KernelFrames, waiting.UserFrames, isLast))
        {
            return false;
        }

        _waitingBytes -= waiting.Rented.Length;
        waiting.Rented.AsSpan(0, waiting.Length).Clear(); // The pool must not hand out what was on other processes' stacks.
        ArrayPool<byte>.Shared.Return(waiting.Rented);
        return true;
    }

    private bool TryFinish(in ProfileSample sample, ReadOnlySpan<byte> contents, int kernelFrames, int userFrames, bool isLast)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(contents);
        var kernel = words[..kernelFrames];
        var byPointer = words.Slice(kernelFrames, userFrames);
        var registers = words.Slice(kernelFrames + userFrames, Registers);
        var start = words[kernelFrames + userFrames + Registers];
        var stack = contents[(8 * (kernelFrames + userFrames + Registers + 1))..];
        var mappings = new CapturedMappings(builder.SpaceOf(sample.Mm), sample.TimeNs, _files);
        var from = Stopwatch.GetTimestamp();
        var result = _unwinder.Unwind(mappings, registers, new StackCopy(start, stack), _frames);
        Counts.AddTime(Stopwatch.GetElapsedTime(from));
        if (result.End == UnwindEnd.OutsideCode && !isLast)
        {
            return false;
        }

        var isByPointer = how == StackUnwinding.Auto && result.End != UnwindEnd.Root && _unwinder.IsRoot(mappings, byPointer);
        Counts.Add(result, stack.Length, isByPointer);
        var flags = sample.Flags & ~SampleFlags.UserTruncated;
        if (isByPointer)
        {
            builder.AddSample(sample with { Flags = flags }, byPointer, kernel);
            return true;
        }

        flags |= SampleFlags.UserUnwound | (result.End == UnwindEnd.TooDeep ? SampleFlags.UserTruncated : result.End != UnwindEnd.Root ? SampleFlags.UserBroken : 0);
        builder.AddSample(sample with { Flags = flags }, AddressesOf(result), kernel);
        return true;
    }

    // All but a stack's leaf are taken for addresses to return to, whose call lies before them. What a signal interrupted is put one on, so that it is looked up where it is.
    private ReadOnlySpan<ulong> AddressesOf(in UnwindResult result)
    {
        for (var at = 0; at < result.Frames; at++)
        {
            _addresses[at] = _frames[at].Address + (at > 0 && _frames[at].IsExact ? 1ul : 0);
        }

        return _addresses.AsSpan(0, result.Frames);
    }

    /// <summary>The mappings of an address space as they were at a moment.</summary>
    private readonly struct CapturedMappings(AddressSpace space, long timeNs, UnwindFiles files) : IUnwindMappings
    {
        public bool TryFind(ulong address, out UnwindMapping mapping)
        {
            if (space.Find(address, timeNs, out _) is not { } row || row.Mapping.File == ProfileMapping.NoCode)
            {
                mapping = default;
                return false;
            }

            var isFile = row.Mapping.File >= 0;
            mapping = new UnwindMapping(row.Mapping.Start, row.Mapping.Offset, isFile ? files.TableOf(row.Mapping.File) : null, !isFile);
            return true;
        }
    }
}

using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>Threads that are blocked when the sampling ends: what holds them may be what one looks for. Their samples wait in the kernel for an end that comes too late.</summary>
internal static class OpenBlocks
{
    /// <summary>Takes in the blocks that have no end yet, as if they had ended at <paramref name="end"/> (CLOCK_MONOTONIC, ns), and gives how many those are. Call it once, when the programs are detached and the rings are empty.</summary>
    internal static unsafe int Take(SamplerObject sampler, CaptureWriter writer, long end, TimeSpan minimum)
    {
        var tasks = sampler.Loaded.Maps["stack_own_drafts"];
        var taken = 0;
        StackOwnDraft own = default;
        foreach (var key in tasks.Keys())
        {
            if (!tasks.TryGet(key, MemoryMarshal.AsBytes(new Span<StackOwnDraft>(ref own))) || own.Since == 0)
            {
                continue;
            }

            ref var sample = ref own.Draft.Sample;
            var blocked = end - (long)own.Since;
            var frames = sample.KernelFrames + sample.UserFrames;
            if (blocked < minimum.Ticks * 100 || frames > StackDraft.MostFrames)
            {
                continue;
            }

            // SAFETY: the frames are a field of the struct on this frame, and no more are read than it has.
            sample.Value = (ulong)blocked;
            writer.AddSample(sample, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(own.Draft.Frames, frames)));
            taken++;
        }

        return taken;
    }
}

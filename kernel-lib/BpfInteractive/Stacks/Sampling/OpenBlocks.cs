using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Threads that are blocked when the sampling ends: what holds them may be what one looks for. Their samples wait in the kernel for an end that comes too late.</summary>
internal static class OpenBlocks
{
    /// <summary>Takes in the blocks that have no end yet, as if they had ended at <paramref name="end"/> (CLOCK_MONOTONIC, ns), and gives how many those are. Call it once, when the programs are detached and the rings are empty.</summary>
    internal static unsafe int Take(SamplerObject sampler, CaptureWriter writer, long end, TimeSpan minimum)
    {
        var tasks = sampler.Loaded.Maps["stack_own_drafts"];
        using var map = tasks.Borrow();
        var taken = 0;
        uint key = 0, next = 0;
        StackOwnDraft own;

        // A key that goes away meanwhile starts the walk anew, hence the bound. SAFETY: keys are four bytes and the value is the map's own struct, all on this frame.
        for (long step = 0; step < tasks.MaxEntries && MapSyscall.NextKey(tasks.Fd, step == 0 ? null : (byte*)&key, (byte*)&next) == 0; step++)
        {
            key = next;
            if (MapSyscall.Lookup(tasks.Fd, (byte*)&key, (byte*)&own, 0) != 0 || own.Since == 0)
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

            sample.Value = (ulong)blocked;
            writer.AddSample(sample, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(own.Draft.Frames, frames)));
            taken++;
        }

        return taken;
    }
}

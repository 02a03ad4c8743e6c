using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Tasks that sleep with a look-up that waits: it runs when they wake, perhaps never. A program finishes it in their place.</summary>
internal static class PendingTasks
{
    /// <summary>Looks up what waits, and gives how many tasks that were.</summary>
    internal static unsafe int Finish(SamplerObject sampler)
    {
        if (sampler.Mode != SamplerMode.Deferred || sampler.Loaded.Programs["stack_finish_pending"] is not { IsLoaded: true } program)
        {
            return 0;
        }

        var tasks = sampler.Loaded.Maps["stack_tasks"];
        using var map = tasks.Borrow();
        using var run = program.Borrow();
        var finished = 0;
        uint key = 0, next = 0;

        // A key that goes away meanwhile starts the walk anew, hence the bound. SAFETY: keys are four bytes, both on this frame.
        for (long step = 0; step < tasks.MaxEntries && MapSyscall.NextKey(tasks.Fd, step == 0 ? null : (byte*)&key, (byte*)&next) == 0; step++)
        {
            key = next;
            var sweep = new StackSweep { Tid = key };
            if (ProgramRun.Call(program.Fd, ref sweep) == 0 && sweep.Error > 0)
            {
                finished++;
            }
        }

        return finished;
    }
}

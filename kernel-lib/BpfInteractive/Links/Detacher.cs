namespace BpfInteractive;

/// <summary>
/// Runs detachments on threads of its own. A detach blocks for a grace period of the kernel (70-90 ms); those of several threads overlap.
/// The threads start when there is work, take it in order, and end after a second without any; they never keep the process alive (the kernel
/// detaches what a process leaves behind).
/// </summary>
internal static class Detacher
{
    private const int MostThreads = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly object Gate = new();
    private static readonly Queue<(Action Work, TaskCompletionSource Done)> Waiting = new();
    private static readonly HashSet<Task> Unfinished = [];
    private static int s_threads;
    private static int s_idle;

    /// <summary>Queues one detachment.</summary>
    /// <returns>Completes when it is done; faults with what it threw.</returns>
    internal static Task RunAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (Gate)
        {
            Waiting.Enqueue((work, done));
            Unfinished.Add(done.Task);
            if (s_idle >= Waiting.Count)
            {
                Monitor.Pulse(Gate);
            }
            else if (s_threads < MostThreads)
            {
                s_threads++;
                new Thread(Work) { IsBackground = true, Name = "bpfi detach" }.Start();
            }
        }

        return done.Task;
    }

    /// <summary>Waits for the detachments that are under way now; blocks a tenth of a second or so.</summary>
    /// <returns>Whether there were any.</returns>
    internal static bool WaitForUnfinished()
    {
        Task[] unfinished;
        lock (Gate)
        {
            unfinished = [.. Unfinished];
        }

        Task.WhenAll(unfinished).ContinueWith(static _ => { }, TaskScheduler.Default).Wait();
        return unfinished.Length > 0;
    }

    private static void Work()
    {
        while (TryTake(out var work, out var done))
        {
            try
            {
                work();
                Finish(done);
                done.SetResult();
            }
#pragma warning disable CA1031 // Carried over to whoever awaits it.
            catch (Exception error)
#pragma warning restore CA1031
            {
                Finish(done);
                done.SetException(error);
            }
        }
    }

    private static void Finish(TaskCompletionSource done)
    {
        lock (Gate)
        {
            Unfinished.Remove(done.Task);
        }
    }

    private static bool TryTake(out Action work, out TaskCompletionSource done)
    {
        lock (Gate)
        {
            s_idle++;
            while (Waiting.Count == 0)
            {
                if (!Monitor.Wait(Gate, Patience) && Waiting.Count == 0)
                {
                    s_idle--;
                    s_threads--;
                    (work, done) = (null!, null!);
                    return false;
                }
            }

            s_idle--;
            (work, done) = Waiting.Dequeue();
            return true;
        }
    }
}

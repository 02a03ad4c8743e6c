namespace BpfInteractive.Tests.Infrastructure;

/// <summary>The managed bytes that a piece of work allocates on this thread.</summary>
public static class Allocations
{
    /// <summary>
    /// The least of several runs. A collection that another test causes closes this thread's allocation context and counts what was unused of it, up to
    /// 8 KB, so one run alone may show bytes that nobody allocated; work that allocates shows them in every run.
    /// </summary>
    public static long Least(Action work, Action? prepare = null, int rounds = 10)
    {
        var least = long.MaxValue;
        for (var round = 0; round < rounds; round++)
        {
            prepare?.Invoke();
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}

namespace BpfInteractive;

/// <summary>
/// Reads address spaces. <c>Vmas.Of(pid)</c> takes the best engine that this machine has; <see cref="VmaOptions.Engine"/> forces one.
/// </summary>
/// <remarks>
/// A pid is the kernel's tgid, and means the caller's pid namespace. Any thread may call. The first use of an engine in the kernel loads its
/// program, in some ten milliseconds; it is kept for the life of the process.
/// </remarks>
public static class Vmas
{
    // By what they guarantee, then by cost; docs/engines.md has the figures. callback and find-vma-next are open-coded in other clothes,
    // linked-list follows pointers without a lock: these are taken only when asked for.
    private static readonly VmaEngine[] s_best = [VmaEngine.OpenCoded, VmaEngine.TaskVmaIterator, VmaEngine.ProcmapQuery, VmaEngine.ProcMaps];

    private static readonly Dictionary<VmaEngine, IVmaEngine> s_engines = new()
    {
        [VmaEngine.OpenCoded] = new SyscallEngine(VmaEngine.OpenCoded, "vma_open_coded"),
        [VmaEngine.Callback] = new SyscallEngine(VmaEngine.Callback, "vma_callback"),
        [VmaEngine.FindVmaNext] = new SyscallEngine(VmaEngine.FindVmaNext, "vma_find_vma_next"),
        [VmaEngine.TaskVmaIterator] = new TaskVmaIteratorEngine(),
        [VmaEngine.ProcmapQuery] = new ProcmapQueryEngine(),
        [VmaEngine.ProcMaps] = new ProcMapsEngine(),
        [VmaEngine.FindVma] = new IteratorEngine(VmaEngine.FindVma, "vma_find_vma"),
        [VmaEngine.LinkedList] = new IteratorEngine(VmaEngine.LinkedList, "vma_linked_list"),
    };

    /// <summary>The address space of a process.</summary>
    /// <param name="pid">The kernel's tgid, in the caller's pid namespace.</param>
    /// <param name="options">What to read and how; null for everything by the best engine.</param>
    /// <returns>The snapshot. A kernel thread and a zombie have no rows; <see cref="VmaSnapshot.Process"/> says why.</returns>
    /// <exception cref="BpfException">There is no such process (ESRCH), or the caller may not read it (EACCES, EPERM).</exception>
    /// <exception cref="UnsupportedFeatureException">The engine asked for cannot be used here; the message says why.</exception>
    public static VmaSnapshot Of(int pid, VmaOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pid, 1);
        options ??= VmaOptions.Default;
        if (options.Engine == VmaEngine.FindVma && options.From == 0)
        {
            throw new ArgumentException("engine find-vma finds the VMA at one address and cannot walk: set From to the address, or take another engine", nameof(options));
        }

        return options.Engine == VmaEngine.Auto ? OfAuto(pid, options) : EngineOf(options.Engine).Take(pid, options);
    }

    /// <summary>The address space of a process, read on a thread of the pool.</summary>
    /// <inheritdoc cref="Of(int, VmaOptions?)"/>
    public static Task<VmaSnapshot> OfAsync(int pid, VmaOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Of(pid, options), BpfScope.TokenOr(cancellationToken));

    /// <summary>The address space of the calling process. It changes while it is read: the reader allocates.</summary>
    public static VmaSnapshot Self(VmaOptions? options = null) => Of(Environment.ProcessId, options);

    /// <summary>The address spaces of all processes that can be read, in order of pid.</summary>
    /// <remarks>
    /// Auto and <see cref="VmaEngine.TaskVmaIterator"/> read them in one go, as the kernel goes through all tasks; other engines, and auto where
    /// that one cannot be used, take one process after another. A process that shares its address space with another (vfork) shows it too.
    /// </remarks>
    public static VmaCollection OfAll(VmaOptions? options = null)
    {
        options ??= VmaOptions.Default;
        var iterator = (TaskVmaIteratorEngine)EngineOf(VmaEngine.TaskVmaIterator);
        var all = options.Engine == VmaEngine.TaskVmaIterator || (options.Engine == VmaEngine.Auto && iterator.WhyUnavailable() is null);
        return all ? new VmaCollection(iterator.TakeAll(options), Losses.None) : OfEach(options);
    }

    /// <summary>The address spaces of all processes, read on a thread of the pool.</summary>
    /// <inheritdoc cref="OfAll(VmaOptions?)"/>
    public static Task<VmaCollection> OfAllAsync(VmaOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => OfAll(options), BpfScope.TokenOr(cancellationToken));

    private static VmaCollection OfEach(VmaOptions options)
    {
        var snapshots = new List<VmaSnapshot>();
        var (refused, ended) = (0, 0);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), out var pid))
            {
                continue;
            }

            try
            {
                var snapshot = Of(pid, options);
                if (snapshot.Count > 0)
                {
                    snapshots.Add(snapshot);
                }
            }
            catch (BpfException error) when (error is not UnsupportedFeatureException)
            {
                refused += error.Errno == Interop.Errno.ESRCH ? 0 : 1;
                ended += error.Errno == Interop.Errno.ESRCH ? 1 : 0;
            }
        }

        return new VmaCollection(
            [.. snapshots.OrderBy(snapshot => snapshot.Pid)],
            Losses.Of(
                new Loss("refused", "processes are of other users and could not be read", refused),
                new Loss("ended", "processes ended before they were read", ended)));
    }

    internal static IVmaEngine EngineOf(VmaEngine engine) => s_engines.TryGetValue(engine, out var found)
        ? found
        : throw new ArgumentOutOfRangeException(nameof(engine), engine, "no such engine");

    /// <summary>Unloads the engines' programs; they load again when used. For tests that count what is left.</summary>
    internal static void Unload()
    {
        foreach (var engine in s_engines.Values)
        {
            (engine as IDisposable)?.Dispose();
        }
    }

    private static VmaSnapshot OfAuto(int pid, VmaOptions options)
    {
        var passedOver = new List<string>();
        foreach (var engine in s_best)
        {
            if (EngineOf(engine).WhyUnavailable() is { } reason)
            {
                passedOver.Add($"engine {VmaEngines.NameOf(engine)} cannot be used here: {reason}");
                continue;
            }

            try
            {
                return WithNotes(EngineOf(engine).Take(pid, options), passedOver);
            }
            catch (UnsupportedFeatureException missing) when (engine != s_best[^1])
            {
                passedOver.Add(missing.Message);
            }
            catch (BpfException gone) when (gone.Errno == Interop.Errno.ESRCH && engine != s_best[^1] && ProcFolder.Lists(pid))
            {
                // A kernel that guards a process hides it from programs; the files of /proc say then whether it may be read.
                passedOver.Add($"engine {VmaEngines.NameOf(engine)} was not shown process {pid}, which /proc lists");
            }
        }

        throw new InvalidOperationException("no engine can be used"); // proc-maps always can
    }

    private static VmaSnapshot WithNotes(VmaSnapshot snapshot, List<string> notes) => notes.Count == 0
        ? snapshot
        : new VmaSnapshot(snapshot.Process, snapshot.Taking with { Notes = [.. notes, .. snapshot.Taking.Notes] }, snapshot.Columns);
}

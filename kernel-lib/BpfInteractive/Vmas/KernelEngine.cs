using System.Diagnostics;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// An engine that is a program in the kernel. Loaded when first used and kept; its tables hold one walk at a time, so one thread at a time
/// uses it and copies what it needs.
/// </summary>
internal abstract class KernelEngine : IVmaEngine, IDisposable
{
    /// <summary>How often a walk that the kernel refused for the moment is tried again, in all over about a second.</summary>
    private const int MostRefusals = 200;

    private readonly object _gate = new();
    private readonly string _objectName;
    private BpfObject? _object;
    private string? _whyUnavailable;
    private bool _probed;

    private protected KernelEngine(VmaEngine engine, string objectName)
    {
        Engine = engine;
        _objectName = objectName;
    }

    internal VmaEngine Engine { get; }

    public string? WhyUnavailable()
    {
        lock (_gate)
        {
            if (!_probed)
            {
                _whyUnavailable = TryLoad();
                _probed = true;
            }

            return _whyUnavailable;
        }
    }

    public VmaSnapshot Take(int pid, VmaOptions options)
    {
        var began = Stopwatch.GetTimestamp();
        return Locked(() =>
        {
            var taking = new KernelTaking(pid, options);
            return Snapshot(TakeProcess(taking), taking, began);
        });
    }

    /// <summary>Unloads the program; the next use loads it again.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            Unmap();
            _object?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            (_object, _probed) = (null, false);
        }
    }

    /// <summary>Does something with the loaded program, alone.</summary>
    private protected T Locked<T>(Func<T> work)
    {
        lock (_gate)
        {
            return WhyUnavailable() is { } reason
                ? throw new UnsupportedFeatureException($"engine {VmaEngines.NameOf(Engine)}", reason, "take engine auto")
                : work();
        }
    }

    /// <summary>Makes a snapshot of what was gathered.</summary>
    private protected VmaSnapshot Snapshot(VmaTarget target, KernelTaking taking, long began)
    {
        if (Engine != VmaEngine.FindVma)
        {
            VsyscallPage.AddTo(taking.Table, taking.Options);
        }

        var columns = taking.Table.ToColumns(FormattableString.Invariant($"vmas of {target.Pid}"), Losses.None);
        return new VmaSnapshot(target, taking.Facts(Engine, Stopwatch.GetElapsedTime(began)), columns);
    }

    /// <summary>Maps what the engine reads, and finds its program.</summary>
    private protected abstract void Map(BpfObject loaded);

    private protected abstract void Unmap();

    /// <summary>Runs the program once for a task, by its pid in the caller's pid namespace (a thread's is one too).</summary>
    private protected abstract VmaWalk Run(in VmaWalk request);

    /// <summary>Takes in what the program wrote.</summary>
    private protected abstract void Collect(in VmaWalk walk, KernelTaking taking);

    /// <summary>Why this kernel cannot have the engine though the program would load; null if it can.</summary>
    private protected virtual string? WhyImpossible() => null;

    /// <summary>The cause behind a failed load, where it is known better than the verifier tells it; null if not.</summary>
    private protected virtual string? WhyRefused() => null;

    private protected virtual VmaTarget TakeProcess(KernelTaking taking)
    {
        var task = Walk(taking, taking.Pid);
        var state = StateOf(task.State);
        if (state == VmaTargetState.Exited && taking.Seen == 0)
        {
            // The first thread has no address space any more, but another may.
            foreach (var thread in ProcessFacts.OtherThreads(ProcFolder.Of(taking.Pid)))
            {
                if (Walk(taking, thread).State == VmaTaskState.User && taking.Seen > 0)
                {
                    state = VmaTargetState.LeaderExited;
                    break;
                }
            }
        }

        return Target(taking.Pid, task, state);
    }

    private protected static VmaTarget Target(int pid, in VmaTaskRecord task, VmaTargetState state) =>
        new(pid, task.Name, state, task.StartNs, (int)task.HostPid, (int)task.NamespacePid);

    private protected static VmaTargetState StateOf(VmaTaskState state) => state switch
    {
        VmaTaskState.Kernel => VmaTargetState.KernelThread,
        VmaTaskState.Exited => VmaTargetState.Exited,
        _ => VmaTargetState.Alive,
    };

    // Walks one task from the first address to the last, in as many calls as its VMAs need.
    private VmaTaskRecord Walk(KernelTaking taking, int tid)
    {
        var options = taking.Options;
        var request = new VmaWalk { Pid = (uint)tid, From = options.From, Filter = VmaWalk.FilterOf(options), Limit = (uint)options.BatchSize };
        while (true)
        {
            var walk = Run(request);
            if (walk.Error == -Errno.EBUSY && taking.Refusals < MostRefusals)
            {
                taking.Refusals++;
                Thread.Sleep(taking.Refusals < 100 ? 0 : 10);
                continue;
            }

            ThrowIfRefused(taking.Pid, walk);
            if (walk.Error == 0)
            {
                Collect(walk, taking);
                taking.Count(walk);
            }

            if (walk.Error != 0 || walk.Complete != 0 || walk.Records == 0)
            {
                return walk.Task;
            }

            request.From = walk.From;
        }
    }

    private static void ThrowIfRefused(int pid, in VmaWalk walk)
    {
        switch (-walk.Error)
        {
            case 0 or Errno.ENOENT when walk.Task.State != VmaTaskState.Gone:
                return;
            case Errno.EOPNOTSUPP:
                throw new UnsupportedFeatureException(
                    "bpf_task_from_vpid", "the caller is in a pid namespace of its own, and this kernel cannot tell this engine whom a pid there means",
                    "take engine task-vma-iter, or run in the first pid namespace", "Linux 6.14");
            case Errno.EBUSY:
                throw new BpfException(
                    "walk the VMAs of", $"process {pid}", Errno.EBUSY, $"the process kept its address space locked through {MostRefusals} tries", "try again, or take engine task-vma-iter, which waits");
            default:
                throw ProcessFacts.Gone(pid, walk.Error == 0 ? Errno.ESRCH : -walk.Error);
        }
    }

    private string? TryLoad()
    {
        try
        {
            if (WhyImpossible() is { } reason)
            {
                return reason;
            }

            _object = OpenBpfObject.Open(EmbeddedPrograms.Open(_objectName), _objectName).Load().Keep();
            Map(_object);
            return null;
        }
        catch (BpfException refused)
        {
            Unmap();
            _object?.Dispose();
            _object = null;
            return WhyRefused() ?? FirstLine(refused.Message);
        }
    }

    private static string FirstLine(string text)
    {
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }
}

/// <summary>What a walk has gathered so far.</summary>
internal sealed class KernelTaking
{
    internal KernelTaking(int pid, VmaOptions options)
    {
        Pid = pid;
        Options = options;
        Rows = new KernelRows(Table);
    }

    internal int Pid { get; }

    internal VmaOptions Options { get; }

    internal VmaTable Table { get; } = new();

    internal KernelRows Rows { get; }

    internal int Refusals { get; set; }

    internal int Seen { get; set; }

    internal int Batches { get; set; }

    internal TimeSpan KernelTime { get; set; }

    internal bool OneMoment { get; set; }

    /// <summary>Counts in the facts of one call.</summary>
    internal void Count(in VmaWalk walk)
    {
        Seen += (int)walk.Seen;
        OneMoment = walk.OneMoment != 0 && Batches == 0;
        Batches++;
        KernelTime += TimeSpan.FromTicks((long)(walk.KernelNs / 100));
    }

    internal VmaTaking Facts(VmaEngine engine, TimeSpan elapsed) => new()
    {
        Engine = engine,
        KernelTime = KernelTime,
        Elapsed = elapsed,
        Seen = Seen,
        Refusals = Refusals,
        OneMoment = OneMoment,
        Batches = Batches,
        Unknown = OneMoment || engine is not (VmaEngine.OpenCoded or VmaEngine.Callback)
            ? VmaEngines.UnknownOf(engine)
            : [.. VmaEngines.UnknownOf(engine), "all at one moment: this kernel's iterator copies one VMA at a time"],
    };
}

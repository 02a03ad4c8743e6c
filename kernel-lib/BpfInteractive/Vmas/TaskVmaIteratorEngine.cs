using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>Engine <c>task-vma-iter</c>: a SEC("iter/task_vma") program, whose rows are read from a file.</summary>
internal sealed class TaskVmaIteratorEngine() : KernelEngine(VmaEngine.TaskVmaIterator, "vma_task_iter")
{
    private BpfProgram? _program;
    private MappedTable<VmaWalk>? _request;

    private protected override void Map(BpfObject loaded)
    {
        _program = loaded.Programs[0];
        _request = new MappedTable<VmaWalk>(loaded.Maps["vma_requests"], writable: true);
    }

    private protected override void Unmap() => _request?.Dispose();

    private protected override VmaWalk Run(in VmaWalk request) => throw new NotSupportedException();

    private protected override void Collect(in VmaWalk walk, KernelTaking taking) => throw new NotSupportedException();

    private protected override VmaTarget TakeProcess(KernelTaking taking)
    {
        var folder = ProcFolder.Of(taking.Pid);
        var facts = ProcessFacts.Read(taking.Pid, folder);
        var stream = new VmaRowStream(taking.Rows);
        Read(taking, stream, taking.Pid);
        if (taking.Seen == 0 && ProcessFacts.OtherThreads(folder).Any())
        {
            // Kernels before about 6.9 do not go on from a first thread that has left; going through all tasks they meet the others.
            Read(taking, stream, 0);
        }

        if (stream.Task is not { } task)
        {
            var state = ProcessFacts.Read(taking.Pid, folder).TargetState;
            if (taking.Seen == 0 && state == VmaTargetState.Alive)
            {
                throw new BpfException("read the address space of", $"process {taking.Pid}", Interop.Errno.ESRCH, "the kernel's iterator over tasks did not come to it");
            }

            return new VmaTarget(taking.Pid, facts.Name, state, facts.StartTimeNs);
        }

        return Target(taking.Pid, task, facts.State == 'Z' ? VmaTargetState.LeaderExited : VmaTargetState.Alive);
    }

    /// <summary>Every process with an address space, in order of pid, in one reading.</summary>
    internal IReadOnlyList<VmaSnapshot> TakeAll(VmaOptions options) => Locked(() =>
    {
        var began = Stopwatch.GetTimestamp();
        var snapshots = new List<VmaSnapshot>();
        VmaRowStream? stream = null;
        KernelTaking? taking = null;
        void Finish()
        {
            if (taking is not null && stream!.Task is { } task)
            {
                taking.Seen = taking.Table.Count;
                var state = task.State == VmaTaskState.User ? VmaTargetState.Alive : StateOf(task.State);
                snapshots.Add(Snapshot(Target((int)task.Pid, task, state), taking, began));
            }
        }

        stream = new VmaRowStream(null)
        {
            OnTask = task =>
            {
                Finish();
                taking = new KernelTaking((int)task.Pid, options) { Batches = 1 };
                stream!.Rows = taking.Rows;
            },
        };
        Read(new KernelTaking(0, options), stream, 0);
        Finish();
        return snapshots;
    });

    // Reads the iterator of one process or (0) of all, of which the program then picks the one that is wanted.
    private void Read(KernelTaking taking, VmaRowStream stream, int pid)
    {
        ref var request = ref _request!.Entry;
        request = new VmaWalk { Pid = (uint)taking.Pid, From = taking.Options.From, Filter = VmaWalk.FilterOf(taking.Options) };
        using var iterator = TaskIterator.OfProcess(_program!, pid);
        stream.ReadAll(iterator);
        taking.Batches += iterator.Calls;
        taking.KernelTime += iterator.KernelTime;
        taking.Seen = (int)request.Seen;
    }
}

/// <summary>Reads the stream of rows that bpf/vma_task_iter.bpf.c writes. Rows may be cut at the end of a read; the rest comes with the next.</summary>
internal sealed class VmaRowStream(KernelRows? rows)
{
    private readonly byte[] _buffer = new byte[128 << 10];

    /// <summary>The process that the last rows belong to; null when there were none.</summary>
    internal VmaTaskRecord? Task { get; private set; }

    /// <summary>Called before the first row of each process.</summary>
    internal Action<VmaTaskRecord>? OnTask { get; init; }

    /// <summary>Where rows go; another process's may go elsewhere.</summary>
    internal KernelRows? Rows { get; set; } = rows;

    internal void ReadAll(TaskIterator iterator)
    {
        var filled = 0;
        for (int length; (length = iterator.Read(_buffer.AsSpan(filled))) > 0;)
        {
            filled += length;
            ReadOnlySpan<byte> bytes = _buffer.AsSpan(0, filled);
            while (TryTakeRow(ref bytes))
            {
            }

            bytes.CopyTo(_buffer);
            filled = bytes.Length;
        }

        if (filled > 0)
        {
            throw new FormatException($"the iterator's file ends in the middle of a row: {filled} bytes are left");
        }
    }

    private bool TryTakeRow(ref ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        if (!TryTake(ref rest, out VmaStreamRow row))
        {
            return false;
        }

        VmaTaskRecord task = default;
        var hasTask = (row.Parts & VmaStreamRow.TaskPart) != 0;
        if (hasTask && !TryTake(ref rest, out task))
        {
            return false;
        }

        if ((row.Parts & VmaStreamRow.NamePart) != 0)
        {
            if (!TryTake(ref rest, out VmaNameRecord name) || rest.Length < name.Length)
            {
                return false;
            }

            Begin(hasTask, task);
            Rows!.SetName((int)row.Record.Name - 1, name, rest[..(int)name.Length]);
            rest = rest[(int)name.Length..];
        }
        else
        {
            Begin(hasTask, task);
        }

        Rows!.Add(new ReadOnlySpan<VmaRecord>(in row.Record));
        bytes = rest;
        return true;
    }

    private void Begin(bool hasTask, in VmaTaskRecord task)
    {
        if (hasTask)
        {
            OnTask?.Invoke(task);
            Task = task;
        }
    }

    private static bool TryTake<T>(ref ReadOnlySpan<byte> bytes, out T value)
        where T : unmanaged
    {
        var size = Unsafe.SizeOf<T>();
        if (bytes.Length < size)
        {
            value = default;
            return false;
        }

        value = MemoryMarshal.Read<T>(bytes);
        bytes = bytes[size..];
        return true;
    }
}

using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Engines that are a SEC("syscall") program, run when wanted: open-coded, callback, find-vma-next.</summary>
internal sealed class SyscallEngine(VmaEngine engine, string objectName) : KernelEngine(engine, objectName)
{
    private BpfProgram? _program;
    private VmaTables? _tables;

    private protected override void Map(BpfObject loaded)
    {
        _program = loaded.Programs[0];
        _tables = new VmaTables(loaded);
    }

    private protected override void Unmap() => _tables?.Dispose();

    // The functions are weak, so that the verifier, not libbpf, refuses a program whose kernel lacks them, and in words that lead astray.
    private protected override string? WhyRefused()
    {
        try
        {
            return BtfData.Kernel.TryFind("bpf_iter_task_vma_new", BtfKind.Function, out _)
                ? null
                : "this kernel has no bpf_iter_task_vma_new (since Linux 6.7)";
        }
        catch (UnsupportedFeatureException noBtf)
        {
            return noBtf.Message;
        }
    }

    private protected override VmaWalk Run(in VmaWalk request)
    {
        var walk = request;
        using var lease = _program!.Borrow();
        Errno.ThrowIfNegative(ProgramRun.Call(_program.Fd, ref walk), "run", $"program '{_program.Name}'");
        return walk;
    }

    private protected override void Collect(in VmaWalk walk, KernelTaking taking) => _tables!.Collect(walk, taking);
}

/// <summary>The three tables that the programs fill (bpf/vma_tables.h).</summary>
internal sealed class VmaTables : IDisposable
{
    private readonly MappedTable<VmaRecord> _records;
    private readonly MappedTable<VmaNameRecord> _names;
    private readonly MappedTable<byte> _texts;

    internal VmaTables(BpfObject loaded)
    {
        _records = new MappedTable<VmaRecord>(loaded.Maps["vma_records"]);
        _names = new MappedTable<VmaNameRecord>(loaded.Maps["vma_names"]);
        _texts = new MappedTable<byte>(loaded.Maps["vma_texts"]);
    }

    internal void Collect(in VmaWalk walk, KernelTaking taking)
    {
        taking.Rows.SetNames(_names.Take(walk.Names), _texts.Take(walk.Text));
        taking.Rows.Add(_records.Take(walk.Records));
    }

    public void Dispose()
    {
        _records.Dispose();
        _names.Dispose();
        _texts.Dispose();
    }
}

/// <summary>BPF_PROG_RUN of a SEC("syscall") program: the context goes in and comes back changed.</summary>
internal static unsafe class ProgramRun
{
    private const BpfCommand Run = (BpfCommand)10;

    internal static int Call<T>(int programFd, ref T context)
        where T : unmanaged
    {
        // SAFETY: the context is pinned for the call, and the kernel reads and writes exactly the size it is told.
        fixed (T* pointer = &context)
        {
            var attributes = new Attributes { ProgramFd = (uint)programFd, ContextSizeIn = (uint)sizeof(T), ContextIn = (ulong)pointer };
            return BpfSyscall.Call(Run, ref attributes);
        }
    }

    /// <summary>The members of union bpf_attr for BPF_PROG_RUN.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    private struct Attributes
    {
        [FieldOffset(0)] internal uint ProgramFd;
        [FieldOffset(40)] internal uint ContextSizeIn;
        [FieldOffset(48)] internal ulong ContextIn;
    }
}

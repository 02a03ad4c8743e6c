namespace BpfInteractive;

/// <summary>
/// Engines that are a SEC("iter/task") program which leaves its rows in the tables: find-vma, linked-list. They need nothing that came after
/// the iterators themselves, and get whom to walk through a map.
/// </summary>
internal sealed class IteratorEngine(VmaEngine engine, string objectName) : KernelEngine(engine, objectName)
{
    private BpfProgram? _program;
    private VmaTables? _tables;
    private MappedTable<VmaWalk>? _request;

    private protected override void Map(BpfObject loaded)
    {
        _program = loaded.Programs[0];
        _tables = new VmaTables(loaded);
        _request = new MappedTable<VmaWalk>(loaded.Maps["vma_requests"], writable: true);
    }

    private protected override void Unmap()
    {
        _tables?.Dispose();
        _request?.Dispose();
    }

    private protected override string? WhyImpossible() =>
        Engine == VmaEngine.LinkedList && !HasLinkedList(BtfData.Kernel)
            ? "this kernel keeps the VMAs of a process in a maple tree; the list (vm_area_struct.vm_next) went with Linux 6.1"
            : null;

    /// <summary>Whether the kernel described by a BTF has the list of VMAs.</summary>
    internal static bool HasLinkedList(BtfData kernel) =>
        kernel.TryFind("vm_area_struct", BtfKind.Struct, out var vma) && vma.Members.Any(member => member.Name == "vm_next");

    private protected override VmaWalk Run(in VmaWalk request)
    {
        _request!.Entry = request;
        using var iterator = TaskIterator.OfThread(_program!, (int)request.Pid);
        var nothing = new byte[64];
        while (iterator.Read(nothing) > 0)
        {
        }

        return _request.Entry;
    }

    private protected override void Collect(in VmaWalk walk, KernelTaking taking) => _tables!.Collect(walk, taking);
}

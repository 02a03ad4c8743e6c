using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// libbpf looks for a kernel function that vmlinux has not among the types of all modules, weak or not. Listing those takes CAP_SYS_ADMIN, and before 1.6 libbpf gave up the
/// whole load without it (load_module_btfs; later ones go on): an ordinary user with CAP_BPF could load nothing that does without a newer kernel's function.
/// </summary>
internal static class ModuleTypes
{
    /// <summary>No function is called so: the search goes through vmlinux, and on to the modules.</summary>
    private const string Nowhere = "bpfi.no.such.function";

    /// <summary>Lets the search of modules fail once before the load: libbpf remembers that it was made, and does the load without.</summary>
    internal static void BeforeLoad(OpenBpfObject open)
    {
        if (open.Programs.Count > 0 && !Capabilities.Has(Capability.SysAdmin) && open.Btf?.TryFind(".ksyms", BtfKind.DataSection, out _) == true)
        {
            using var messages = LibBpfMessages.Capture();
            _ = LibBpf.bpf_program__set_attach_target(open.Programs[0].Pointer, 0, Nowhere);
        }
    }
}

using BpfInteractive.Interop;

namespace BpfInteractive;

public sealed unsafe partial class BpfMap
{
    /// <summary>Registers a struct_ops map (SEC(".struct_ops")): from now on the kernel offers its operations, for example as a congestion control.</summary>
    /// <returns>The link; the operations stay registered until it, or the object, is disposed.</returns>
    /// <exception cref="BpfException">It is no struct_ops map, or the kernel refuses.</exception>
    public BpfLink AttachStructOps()
    {
        var owner = Object ?? throw new InvalidOperationException($"map '{Name}' belongs to no object");
        var attachment = LibBpfAttachment.Create(
            owner.Handle,
            () => LibBpf.bpf_map__attach_struct_ops(LibBpf.bpf_object__find_map_by_name(owner.Handle.Pointer, Name)),
            (errno, messages) => Type != BpfMapType.StructOps
                ? new BpfException("attach", $"map '{Name}'", errno, $"it is a {Type} map, not a struct_ops map")
                : new BpfException("attach", $"struct_ops map '{Name}'", errno, messages.Count > 0 ? messages[^1] : null));
        return new(owner, Name, LinkKind.StructOps, Name, attachment);
    }
}

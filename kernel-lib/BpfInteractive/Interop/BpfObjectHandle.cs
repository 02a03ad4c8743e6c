using Microsoft.Win32.SafeHandles;

namespace BpfInteractive.Interop;

/// <summary>
/// An owned <c>struct bpf_object*</c>. Programs and maps borrow pointers and descriptors from it; whoever calls libbpf or the kernel with
/// one holds a <see cref="HandleLease"/> for the length of the call, so that the object closes last.
/// </summary>
internal sealed class BpfObjectHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    internal BpfObjectHandle(nint pointer)
        : base(ownsHandle: true) => SetHandle(pointer);

    internal nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed || IsInvalid, this);
            return handle;
        }
    }

    protected override bool ReleaseHandle()
    {
        LibBpf.bpf_object__close(handle);
        return true;
    }
}

using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>
/// One reference on an owner for the length of a call: <c>using var lease = map.Borrow();</c>. While it is held nothing closes the
/// descriptor or pointer that the call uses (as dotnet/runtime's SafeInteriorHandle does).
/// </summary>
internal readonly ref struct HandleLease
{
    private readonly SafeHandle _owner;

    /// <exception cref="ObjectDisposedException">The owner is closed.</exception>
    internal HandleLease(SafeHandle owner)
    {
        var added = false;
        owner.DangerousAddRef(ref added);
        _owner = owner;
    }

    public void Dispose() => _owner.DangerousRelease();
}

using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// A <c>struct bpf_link</c> of libbpf. It reaches into its object (a USDT link gives its specs back there), so it holds a reference on the
/// object; and libbpf does not lock that, so one gate serves all.
/// </summary>
internal sealed class LibBpfAttachment : Attachment
{
    private static readonly object Gate = new();
    private readonly SafeHandle _object;
    private nint _link;

    private LibBpfAttachment(SafeHandle owner, nint link)
    {
        _object = owner;
        _link = link;
    }

    public override void Dispose()
    {
        lock (Gate)
        {
            if (_link != 0)
            {
                _ = LibBpf.bpf_link__destroy(_link);
                _link = 0;
                _object.DangerousRelease();
            }
        }
    }

    /// <summary>Calls libbpf for the link; gives the positive errno and libbpf's messages when it refuses.</summary>
    internal static LibBpfAttachment Create(SafeHandle owner, Func<nint> attach, Func<int, IReadOnlyList<string>, BpfException> fail)
    {
        var held = false;
        owner.DangerousAddRef(ref held);
        using var messages = LibBpfMessages.Capture();
        lock (Gate)
        {
            var link = attach();
            var errno = Errno.Last;
            if (link != 0)
            {
                return new(owner, link);
            }

            owner.DangerousRelease();
            throw fail(errno, messages.Lines);
        }
    }
}

using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>A descriptor to wait on beside others: it becomes readable when somebody wants the one who waits.</summary>
internal sealed unsafe class WakeEvent : IDisposable
{
    private readonly FileDescriptor _event;

    internal WakeEvent()
    {
        var fd = Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        _event = new FileDescriptor((int)Errno.ThrowIfMinusOne(fd, "make", "an eventfd"));
    }

    internal int Fd => _event.Value;

    /// <summary>Wakes the one who waits, or the next one; does nothing once disposed.</summary>
    internal void Set()
    {
        var held = false;
        try
        {
            _event.DangerousAddRef(ref held);
            ulong one = 1;
            _ = Libc.write((int)_event.DangerousGetHandle(), (byte*)&one, sizeof(ulong)); // SAFETY: eight bytes of this frame
        }
        catch (ObjectDisposedException)
        {
        }
        finally
        {
            if (held)
            {
                _event.DangerousRelease();
            }
        }
    }

    internal void Reset()
    {
        ulong count;
        _ = Libc.read(_event.Value, (byte*)&count, sizeof(ulong)); // SAFETY: eight bytes of this frame; EAGAIN when it was not set
    }

    public void Dispose() => _event.Dispose();
}

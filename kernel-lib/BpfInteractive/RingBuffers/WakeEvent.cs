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

    private int Fd => _event.Value;

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

    private void Reset()
    {
        ulong count;
        _ = Libc.read(_event.Value, (byte*)&count, sizeof(ulong)); // SAFETY: eight bytes of this frame; EAGAIN when it was not set
    }

    /// <summary>Waits until one of the descriptors is readable, or this event is set, or the time is up; then the event is not set any more.</summary>
    internal void Wait(ReadOnlySpan<int> fds, int milliseconds, string subject)
    {
        var entries = stackalloc Libc.PollEntry[fds.Length + 1];
        entries[0] = new Libc.PollEntry { Fd = Fd, Events = Libc.POLLIN };
        for (var at = 0; at < fds.Length; at++)
        {
            entries[at + 1] = new Libc.PollEntry { Fd = fds[at], Events = Libc.POLLIN };
        }

        var result = Libc.poll(entries, (nuint)fds.Length + 1, milliseconds); // SAFETY: so many entries are in this frame
        var errno = Errno.Last;
        if (result < 0 && errno != Errno.EINTR)
        {
            throw new BpfException("wait for", subject, errno);
        }

        if (entries[0].Returned != 0)
        {
            Reset();
        }
    }

    public void Dispose() => _event.Dispose();
}

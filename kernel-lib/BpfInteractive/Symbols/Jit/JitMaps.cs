using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>
/// Copies the JIT maps of processes: /tmp/perf-PID.map, found in the process's own root under the pid that it has in its own namespace. A map that was found once is
/// held open, so that what the process writes until its end can be read when it is gone; one that a process has left behind is found at its path.
/// </summary>
/// <remarks>
/// A map counts only when the process's user (or root) owns it, for anybody can put a file into /tmp, and when it was written while the program ran, for pids are
/// used again. Thread-safe.
/// </remarks>
internal sealed class JitMaps(PinLimits limits) : IDisposable
{
    private readonly object _lock = new();
    private readonly Dictionary<JitOwner, Copy> _copies = [];
    private long _bytes;

    /// <summary>Maps that belonged to somebody else or to another program, or for which there was no room.</summary>
    internal int Refused { get; private set; }

    /// <summary>Maps that were longer than may be.</summary>
    internal int Cut { get; private set; }

    /// <summary>
    /// The names of a program's code as they are now, or were at its end; <see cref="JitMap.None"/> when it wrote none, <see cref="JitMap.Gone"/> when it ended before
    /// anybody looked. A map that has not changed is not read again.
    /// </summary>
    internal JitMap CopyOf(JitOwner owner)
    {
        var known = Known(owner);
        if (owner.LivingFolder() is { } folder)
        {
            // A program that has begun meanwhile may have written what was read.
            var map = Read(owner, known, ProcessRoot.Open(folder, owner.MapPath, Libc.O_NOFOLLOW)) ?? known?.Map ?? JitMap.None;
            return owner.LivingFolder() is not null ? map : Restore(owner, known);
        }

        if (owner.EndNs is not null && FileLeftBy(owner, known) is { } file)
        {
            known = Read(owner, known, file) is null ? known : Known(owner);
        }

        return known?.Map ?? JitMap.Gone;
    }

    /// <summary>Closes the map of a program that is gone; its copy stays.</summary>
    internal void Forget(JitOwner owner) => Known(owner)?.File.Dispose();

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var copy in _copies.Values)
            {
                copy.File.Dispose();
            }
        }
    }

    private static SafeFileHandle? FileLeftBy(JitOwner owner, Copy? known) =>
        known?.File is { IsClosed: false } held ? held : owner.IsInOurRoot ? Libc.OpenForReading(owner.MapPath, Libc.O_NOFOLLOW) : null;

    private static JitOwner KeyOf(JitOwner owner) => owner with { EndNs = null };

    private Copy? Known(JitOwner owner)
    {
        lock (_lock)
        {
            return _copies.GetValueOrDefault(KeyOf(owner));
        }
    }

    private JitMap? Read(JitOwner owner, Copy? known, SafeFileHandle file)
    {
        if (file.IsInvalid || !Libc.TryStat((int)file.DangerousGetHandle(), out var status))
        {
            Close(file, known);
            return null;
        }

        var stamp = (status.Inode, status.Size, status.ModifiedNs);
        if (known is not null && known.Stamp == stamp)
        {
            Close(file, known);
            return known.Map;
        }

        if (!IsOf(owner, status) || !ReadText(file, status.Size, out var text))
        {
            Close(file, known);
            Refuse();
            return null;
        }

        return Keep(owner, new Copy(stamp, JitMap.Parse(text, isCut: status.Size > (ulong)limits.JitMapBytes), file));
    }

    private static void Close(SafeFileHandle file, Copy? known)
    {
        if (file != known?.File)
        {
            file.Dispose();
        }
    }

    /// <summary>Files are stamped in steps of the kernel's tick, early by up to one.</summary>
    private static bool IsOf(JitOwner owner, in Libc.Statx status)
    {
        var isOwn = status.UserId == owner.UserId || status.UserId == 0;
        var now = Clocks.Now();
        var writtenNs = status.ModifiedNs - now.UnixNs + now.MonotonicNs;
        return status.IsRegular && isOwn && writtenNs >= owner.StartNs - Clocks.TickNs && writtenNs <= (owner.EndNs ?? long.MaxValue) - Clocks.TickNs;
    }

    private bool ReadText(SafeFileHandle file, ulong size, out byte[] text)
    {
        text = new byte[(int)Math.Min(size, (ulong)limits.JitMapBytes)];
        var length = 0;
        try
        {
            for (int n; length < text.Length && (n = RandomAccess.Read(file, text.AsSpan(length), length)) > 0;)
            {
                length += n;
            }
        }
        catch (IOException)
        {
            return false;
        }

        text = length == text.Length ? text : text[..length];
        return true;
    }

    private JitMap? Keep(JitOwner owner, Copy copy)
    {
        lock (_lock)
        {
            var old = _copies.GetValueOrDefault(KeyOf(owner));
            var before = old?.Map.SizeBytes ?? 0;
            if (_bytes - before + copy.Map.SizeBytes > limits.AllJitMapsBytes)
            {
                Close(copy.File, old);
                Refused++;
                return old?.Map;
            }

            _bytes += copy.Map.SizeBytes - before;
            _copies[KeyOf(owner)] = copy;
            Cut += copy.Map.IsCut && old?.Map.IsCut != true ? 1 : 0;
            if (old is not null)
            {
                Close(old.File, copy);
            }

            return copy.Map;
        }
    }

    /// <summary>Puts back what was known before a map was read that may be another program's.</summary>
    private JitMap Restore(JitOwner owner, Copy? known)
    {
        lock (_lock)
        {
            if (_copies.Remove(KeyOf(owner), out var doubtful))
            {
                _bytes -= doubtful.Map.SizeBytes;
                Close(doubtful.File, known);
            }

            if (known is not null)
            {
                _copies[KeyOf(owner)] = known;
                _bytes += known.Map.SizeBytes;
            }
        }

        return known?.Map ?? JitMap.Gone;
    }

    private void Refuse()
    {
        lock (_lock)
        {
            Refused++;
        }
    }

    private sealed record Copy((ulong Inode, ulong Size, long ModifiedNs) Stamp, JitMap Map, SafeFileHandle File);
}

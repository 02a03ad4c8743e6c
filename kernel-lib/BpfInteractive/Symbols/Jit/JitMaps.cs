using System.Globalization;
using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>
/// Copies the JIT maps of living processes: /tmp/perf-PID.map, found in the process's own root under the pid that it has in its own namespace.
/// A map counts only when the process's user (or root) owns it, for anybody can put a file into /tmp, and when it was written since the
/// process started, for an earlier process may have had the pid.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class JitMaps(PinLimits limits)
{
    private readonly object _lock = new();
    private readonly Dictionary<int, Copy> _copies = [];
    private long _bytes;

    /// <summary>Maps that belonged to somebody else or to an earlier process, or for which there was no room.</summary>
    internal int Refused { get; private set; }

    /// <summary>Maps that were longer than may be.</summary>
    internal int Cut { get; private set; }

    /// <summary>The names of a process's code as they are now; null when it has none. A map that has not changed is not read again.</summary>
    /// <param name="pid">The process, in the caller's pid namespace.</param>
    internal JitMap? CopyOf(int pid)
    {
        if (ProcFolder.TryOf(pid) is not { } folder || ProcessIdentity.Read(folder) is not { } identity)
        {
            return null;
        }

        var path = string.Create(CultureInfo.InvariantCulture, $"/tmp/perf-{identity.NamespacePid}.map");
        using var file = ProcessRoot.Open(folder, path, Libc.O_NOFOLLOW);
        if (file.IsInvalid || !Libc.TryStat((int)file.DangerousGetHandle(), out var status))
        {
            return null;
        }

        var isOwn = status.UserId == identity.UserId || status.UserId == 0;
        if (!status.IsRegular || !isOwn || status.ModifiedNs < identity.StartedNs)
        {
            Refuse();
            return null;
        }

        return Read(pid, file, status);
    }

    private JitMap? Read(int pid, SafeFileHandle file, in Libc.Statx status)
    {
        var stamp = (status.Inode, status.Size, status.ModifiedNs);
        lock (_lock)
        {
            if (_copies.TryGetValue(pid, out var copy) && copy.Stamp == stamp)
            {
                return copy.Map;
            }
        }

        var map = ReadText(file, status.Size, out var text) ? JitMap.Parse(text, isCut: status.Size > (ulong)limits.JitMapBytes) : null;
        return map is null ? null : Keep(pid, new Copy(stamp, map));
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

    private JitMap? Keep(int pid, Copy copy)
    {
        lock (_lock)
        {
            var before = _copies.TryGetValue(pid, out var old) ? old.Map.SizeBytes : 0;
            if (_bytes - before + copy.Map.SizeBytes > limits.AllJitMapsBytes)
            {
                Refused++;
                return old?.Map;
            }

            _bytes += copy.Map.SizeBytes - before;
            _copies[pid] = copy;
            Cut += copy.Map.IsCut ? 1 : 0;
            return copy.Map;
        }
    }

    private void Refuse()
    {
        lock (_lock)
        {
            Refused++;
        }
    }

    private sealed record Copy((ulong Inode, ulong Size, long ModifiedNs) Stamp, JitMap Map);
}

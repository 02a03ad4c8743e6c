using System.Diagnostics.CodeAnalysis;
using BpfInteractive.Interop;
using Microsoft.Win32.SafeHandles;

namespace BpfInteractive;

/// <summary>
/// Holds the files that sampled processes map open by descriptor, from when they are first seen, so that their symbols can be read when the
/// processes are gone and the files deleted or replaced. A descriptor is taken only of the very file that was mapped.
/// </summary>
/// <remarks>Thread-safe. Owns the descriptors, and lends them until it is disposed. One lock guards the two indexes; no file is opened under it.</remarks>
internal sealed class PinnedFiles : IDisposable
{
    private readonly object _lock = new();
    private readonly Dictionary<ProfileFile, PinResult> _results = [];
    private readonly Dictionary<BuildId, HeldFile> _byBuildId = [];
    private readonly Dictionary<ulong, List<HeldFile>> _byInode = [];
    private readonly Dictionary<ProfileFile, HeldFile> _byFile = [];
    private readonly List<SafeFileHandle> _files = [];
    private readonly int _most;
    private bool _disposed;

    internal PinnedFiles(PinLimits? limits = null)
    {
        limits ??= new PinLimits();
        _most = Math.Min(limits.Files, OpenFileLimit() / 2);
        JitMaps = new JitMaps(limits);
    }

    /// <summary>The names of code made at run time, copied while its processes lived.</summary>
    internal JitMaps JitMaps { get; }

    internal PinCounts Counts
    {
        get
        {
            lock (_lock)
            {
                int Of(Func<PinResult, bool> which) => _results.Values.Count(which);
                var pinned = Of(result => result.IsPinned);
                var full = Of(result => result.State == PinState.LimitReached);
                var gone = Of(result => result is { State: PinState.Failed, Reason: FrameReason.FileGone });
                var differs = Of(result => result is { State: PinState.Failed, Reason: FrameReason.BuildIdDiffers });
                return new PinCounts(_results.Count, pinned, full, gone, differs, _results.Count - pinned - full - gone - differs);
            }
        }
    }

    /// <summary>
    /// Pins a file once; asked again, it tells the same (a failure is tried again, for another process may still have the file). Looks behind the
    /// mapping, then at the path in the process's root, then at the path in ours.
    /// </summary>
    /// <param name="file">The file as it was mapped.</param>
    /// <param name="pid">A process that maps it, in the caller's pid namespace.</param>
    /// <param name="start">Where it maps it; 0 for not known.</param>
    /// <param name="end">Where that mapping ends.</param>
    internal PinResult Pin(ProfileFile file, int pid, ulong start, ulong end)
    {
        if (file.Kind != ProfileFileKind.File)
        {
            return new PinResult(PinState.Failed, FrameReason.NoSymbols, null);
        }

        lock (_lock)
        {
            if (_results.TryGetValue(file, out var known) && known.State != PinState.Failed)
            {
                return known;
            }

            if (TryFind(file, out var same))
            {
                return _results[file] = new PinResult(PinState.Pinned, FrameReason.None, same.Facts);
            }

            if (_disposed || _files.Count >= _most)
            {
                return _results[file] = new PinResult(PinState.LimitReached, FrameReason.FileGone, null);
            }
        }

        var (handle, result) = Open(file, pid, start, end);
        return Keep(file, handle, result);
    }

    /// <summary>The open file of a module, lent until this is disposed.</summary>
    internal bool TryGet(ProfileFile file, [NotNullWhen(true)] out SafeFileHandle? handle)
    {
        lock (_lock)
        {
            handle = !_disposed && TryFind(file, out var pin) ? pin.File : null;
            return handle is not null;
        }
    }

    /// <summary>Whether a file was held (itself, or another of its build): also after the end.</summary>
    internal bool WasPinned(ProfileFile file)
    {
        lock (_lock)
        {
            return TryFind(file, out _);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _files.ForEach(file => file.Dispose());
            _files.Clear();
        }

        JitMaps.Dispose();
    }

    private PinResult Keep(ProfileFile file, SafeFileHandle? handle, PinResult result)
    {
        lock (_lock)
        {
            var full = _disposed || _files.Count >= _most;
            if (handle is null || full || TryFind(file, out _))
            {
                handle?.Dispose();
                result = handle is not null && full ? result with { State = PinState.LimitReached } : result;
                return _results[file] = result;
            }

            // Another copy of a build that is held already: one will do.
            var pin = new HeldFile(handle, result.Facts!.Value);
            if (!pin.Facts.BuildId.IsEmpty && _byBuildId.TryGetValue(pin.Facts.BuildId.Padded(), out var same) && same.Facts.SizeBytes == pin.Facts.SizeBytes)
            {
                handle.Dispose();
                return _results[file] = result;
            }

            _files.Add(handle);
            if (!pin.Facts.BuildId.IsEmpty)
            {
                _byBuildId.TryAdd(pin.Facts.BuildId.Padded(), pin);
            }

            _byFile[file] = pin;
            AddByInode(pin.Facts.Inode, pin);
            if (file.Inode != pin.Facts.Inode)
            {
                AddByInode(file.Inode, pin);
            }

            return _results[file] = result;
        }
    }

    private void AddByInode(ulong inode, HeldFile pin)
    {
        if (!_byInode.TryGetValue(inode, out var pins))
        {
            _byInode[inode] = pins = [];
        }

        pins.Add(pin);
    }

    private bool TryFind(ProfileFile file, [NotNullWhen(true)] out HeldFile? pin)
    {
        if (_byFile.TryGetValue(file, out pin))
        {
            return true;
        }

        // While a file is held its inode is nobody else's: as good as the mapping itself, and better than another of the same build, which may be laid out otherwise.
        pin = _byInode.GetValueOrDefault(file.Inode)?.Find(candidate => candidate.Facts.Compare(file, throughMapping: true) == FrameReason.None);
        return pin is not null || (!file.BuildId.IsEmpty && _byBuildId.TryGetValue(file.BuildId.Padded(), out pin));
    }

    private static (SafeFileHandle? File, PinResult Result) Open(ProfileFile file, int pid, ulong start, ulong end)
    {
        var reason = FrameReason.FileGone;
        FileFacts? seen = null;
        foreach (var (handle, throughMapping) in Candidates(file, pid, start, end))
        {
            var failure = handle.IsInvalid ? ProcessRoot.ReasonOf(Errno.Last) : FrameReason.None;
            var facts = handle.IsInvalid ? null : FileFacts.Of(handle, out failure);
            failure = facts?.Compare(file, throughMapping, atRange: throughMapping) ?? failure;
            if (failure == FrameReason.None)
            {
                return (handle, new PinResult(PinState.Pinned, FrameReason.None, facts));
            }

            handle.Dispose();
            seen = facts ?? seen;
            reason = failure != FrameReason.FileGone ? failure : reason;
        }

        return (null, new PinResult(PinState.Failed, reason, seen));
    }

    private static IEnumerable<(SafeFileHandle File, bool ThroughMapping)> Candidates(ProfileFile file, int pid, ulong start, ulong end)
    {
        if (ProcFolder.TryOf(pid) is { } folder)
        {
            if (start < end)
            {
                yield return (ProcessRoot.OpenMapping(folder, start, end), true);
            }

            yield return (ProcessRoot.Open(folder, file.Path), false);
        }

        yield return (Libc.OpenForReading(file.Path), false);
    }

    private static unsafe int OpenFileLimit()
    {
        // SAFETY: prlimit fills the two numbers of struct rlimit on this frame.
        var limits = stackalloc ulong[2];
        return Libc.prlimit(0, Libc.RLIMIT_NOFILE, null, limits) == 0 ? (int)Math.Min(limits[0], 1 << 20) : 1024;
    }

    private sealed record HeldFile(SafeFileHandle File, FileFacts Facts);
}

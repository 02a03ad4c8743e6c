using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// What is being attached where, ready to become the exception. When the kernel refuses, doctor's probe is asked first: a feature that this
/// machine lacks is told with doctor's reason, everything else with the errno and what is known about it here.
/// </summary>
internal sealed class AttachFailure(BpfProgram program, string target, string feature)
{
    /// <summary>What an errno means here, as a detail and a hint; null for the errno's own text.</summary>
    internal Func<int, (string Detail, string? Hint)?>? Explain { get; init; }

    private string Subject => $"program '{program.Name}' to {target}";

    /// <summary>The exception for a positive errno.</summary>
    internal BpfException For(int errno)
    {
        // What the caller got wrong (a name, a pid) is known without asking; the probe stands for the machine.
        if (Explain?.Invoke(errno) is { } known)
        {
            return new("attach", Subject, errno, known.Detail, known.Hint);
        }

        if (errno == Errno.EEXIST)
        {
            return new("attach", Subject, errno, "this very program is attached there already");
        }

        var state = Features.Probe(feature);
        return state.Available ? new BpfException("attach", Subject, errno) : new UnsupportedFeatureException("attach", Subject, state);
    }

    /// <summary>The exception for what is known before the kernel is asked.</summary>
    internal BpfException Because(string detail, string? hint = null, int errno = 0) => new("attach", Subject, errno, detail, hint);

    /// <summary>Throws doctor's reason if the feature is missing; for refusals that come before any system call.</summary>
    internal void ThrowIfMissing()
    {
        var state = Features.Probe(feature);
        if (!state.Available)
        {
            throw new UnsupportedFeatureException("attach", Subject, state);
        }
    }
}

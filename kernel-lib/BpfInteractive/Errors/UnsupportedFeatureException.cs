namespace BpfInteractive;

/// <summary>This machine (its kernel, a library, a tool, the caller's rights) lacks what was asked for.</summary>
public sealed class UnsupportedFeatureException : BpfException
{
    /// <summary>Makes an exception for a missing feature.</summary>
    /// <param name="feature">The feature by the name that <c>bpfi doctor</c> gives it.</param>
    /// <param name="reason">Why it is missing: what the probe saw.</param>
    /// <param name="remedy">What to do, or null where there is nothing to do.</param>
    /// <param name="since">The kernel or library version that brought it, for example "Linux 6.7"; null where unknown.</param>
    /// <param name="errno">The positive errno of the probe, or 0.</param>
    public UnsupportedFeatureException(string feature, string reason, string? remedy = null, string? since = null, int errno = 0)
        : base("use", feature, errno, since is null ? reason : $"{reason} (since {since})", remedy)
    {
        Feature = feature;
        Since = since;
    }

    /// <summary>Makes an exception for an operation that a missing feature stands in the way of; it gives doctor's reason.</summary>
    /// <param name="operation">What was tried, as a verb phrase: "attach".</param>
    /// <param name="subject">What it was tried on.</param>
    /// <param name="state">The missing feature.</param>
    public UnsupportedFeatureException(string operation, string subject, FeatureState state)
        : base(operation, subject, NotNull(state).Errno, state.Since is null ? state.Reason : $"{state.Reason} ({state.Name}, since {state.Since})", state.Remedy)
    {
        Feature = state.Name;
        Since = state.Since;
    }

    /// <summary>The feature by the name that <c>bpfi doctor</c> gives it.</summary>
    public string Feature { get; }

    /// <summary>The kernel or library version that brought it; null where unknown.</summary>
    public string? Since { get; }

    private static FeatureState NotNull(FeatureState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state;
    }
}

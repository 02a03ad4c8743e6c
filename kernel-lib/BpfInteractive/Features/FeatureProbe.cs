namespace BpfInteractive;

/// <summary>One question to this machine, asked at most once.</summary>
internal sealed class FeatureProbe
{
    private readonly Func<ProbeAnswer> _ask;
    private readonly Lazy<FeatureState> _state;

    internal FeatureProbe(string name, FeatureCategory category, string purpose, Func<ProbeAnswer> ask)
    {
        Name = name;
        Category = category;
        Purpose = purpose;
        _ask = ask;
        _state = new(Run, LazyThreadSafetyMode.ExecutionAndPublication);
    }

    internal string Name { get; }

    internal FeatureCategory Category { get; }

    internal string Purpose { get; }

    internal string? Since { get; init; }

    internal bool Optional { get; init; }

    internal FeatureState State => _state.Value;

    private FeatureState Run()
    {
        var answer = Ask();
        return new()
        {
            Name = Name,
            Category = Category,
            Purpose = Purpose,
            Since = Since,
            Optional = Optional,
            Available = answer.Available,
            Value = answer.Value,
            Reason = answer.Reason,
            Remedy = answer.Remedy,
            Errno = answer.Errno,
        };
    }

    /// <summary>A probe that itself fails is an answer too: doctor must end on any machine.</summary>
    private ProbeAnswer Ask()
    {
        try
        {
            return _ask();
        }
        catch (UnsupportedFeatureException missing)
        {
            return ProbeAnswer.No(missing.Detail ?? missing.Message, missing.Hint, missing.Errno);
        }
        catch (Exception error) when (error is BpfException or IOException or UnauthorizedAccessException or InvalidDataException
            or DllNotFoundException or EntryPointNotFoundException)
        {
            return ProbeAnswer.No(error.Message);
        }
    }
}

namespace BpfInteractive.Jupyter;

/// <summary>
/// What peers sent and the kernel did not take, by reason: each reason is told once, when it happens first, and counted. A flood of forged messages so
/// fills no log. Thread-safe.
/// </summary>
internal sealed class Refusals(Action<string> tell)
{
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>How often each reason was met.</summary>
    internal IReadOnlyDictionary<string, int> Counts
    {
        get
        {
            lock (_counts)
            {
                return new Dictionary<string, int>(_counts);
            }
        }
    }

    /// <summary>Counts one refusal.</summary>
    /// <param name="where">The socket: "shell".</param>
    /// <param name="reason">What was wrong; a fixed text for each kind of wrong.</param>
    internal void Add(string where, string reason)
    {
        var key = $"{where}: {reason}";
        lock (_counts)
        {
            _counts[key] = _counts.GetValueOrDefault(key) + 1;
            if (_counts[key] > 1)
            {
                return;
            }
        }

        tell($"refused on {key} (told once)");
    }

    /// <summary>Says of the reasons that were met more than once how often.</summary>
    internal void TellTotals()
    {
        foreach (var (key, count) in Counts.Where(entry => entry.Value > 1))
        {
            tell($"refused on {key}: {count} times in all");
        }
    }
}

using System.Text;
using System.Text.RegularExpressions;

namespace BpfInteractive.Jupyter;

/// <summary>
/// What was run in this and in earlier runs of the kernel. The file is read when the history is first used; where it cannot be read or written, that is told once and the
/// history lives in memory. Thread-safe.
/// </summary>
internal sealed class SessionHistory(HistoryFile file, Action<string> tell)
{
    private readonly Lock _lock = new();
    private List<HistoryEntry>? _entries;
    private int _session;
    private bool _isBroken;

    /// <summary>Keeps a cell that was run.</summary>
    internal void Add(int line, string input, string? output)
    {
        lock (_lock)
        {
            Load();
            var entry = new HistoryEntry(_session, line, input, output);
            _entries!.Add(entry);
            Guard(() => file.Append(entry));
        }
    }

    /// <summary>The last entries.</summary>
    internal IReadOnlyList<HistoryEntry> Tail(int count)
    {
        lock (_lock)
        {
            return [.. Load().TakeLast(count)];
        }
    }

    /// <summary>The entries of one session.</summary>
    /// <param name="session">Its number; 0 is this run, -1 the one before.</param>
    /// <param name="start">The first line.</param>
    /// <param name="stop">The line behind the last; null for all.</param>
    internal IReadOnlyList<HistoryEntry> Range(int session, int start, int? stop)
    {
        lock (_lock)
        {
            var entries = Load();
            var number = session > 0 ? session : _session + session;
            return [.. entries.Where(entry => entry.Session == number && entry.Line >= start && (stop is null || entry.Line < stop))];
        }
    }

    /// <summary>The entries whose whole text fits a pattern of the shell (*, ?).</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="isUnique">Of equal texts only the last.</param>
    /// <param name="count">The most entries, counted from the end; null for all.</param>
    internal IReadOnlyList<HistoryEntry> Search(string pattern, bool isUnique, int? count)
    {
        var expression = Expression(pattern);
        lock (_lock)
        {
            var found = Load().Where(entry => expression.IsMatch(entry.Input));
            if (isUnique)
            {
                found = found.Reverse().DistinctBy(entry => entry.Input).Reverse();
            }

            return [.. count is { } most ? found.TakeLast(most) : found];
        }
    }

    private static Regex Expression(string pattern)
    {
        var text = new StringBuilder("^");
        foreach (var character in pattern)
        {
            text.Append(character switch
            {
                '*' => ".*",
                '?' => ".",
                _ => Regex.Escape(character.ToString()),
            });
        }

        return new Regex(text.Append("\\z").ToString(), RegexOptions.Singleline | RegexOptions.NonBacktracking);
    }

    private List<HistoryEntry> Load()
    {
        if (_entries is null)
        {
            _entries = [];
            Guard(() => _entries = file.Read());
            _session = 1 + _entries.Select(entry => entry.Session).DefaultIfEmpty().Max();
        }

        return _entries;
    }

    private void Guard(Action action)
    {
        try
        {
            if (!_isBroken)
            {
                action();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _isBroken = true;
            tell($"the history is not kept: {error.Message}");
        }
    }
}

using System.Text.Json;

namespace BpfInteractive.Scripting;

/// <summary>What was typed before, in a file from session to session: a JSON string a line. A file that cannot be read or written is done without.</summary>
internal sealed class PromptHistory
{
    private const int Most = 1000;

    private readonly string? _file;
    private readonly List<string> _entries = [];
    private int _at;
    private string _typed = "";

    /// <param name="file">The file; null for none.</param>
    internal PromptHistory(string? file)
    {
        _file = file;
        _entries.AddRange(Read(file));
        _at = _entries.Count;
    }

    /// <summary>The entry before the one shown, or null at the oldest.</summary>
    /// <param name="shown">What stands at the prompt now; it comes back behind the newest entry.</param>
    internal string? Older(string shown)
    {
        if (_at == _entries.Count)
        {
            _typed = shown;
        }

        return _at > 0 ? _entries[--_at] : null;
    }

    /// <summary>The entry behind the one shown; null when that is what was being typed.</summary>
    internal string? Newer() => _at >= _entries.Count ? null : ++_at == _entries.Count ? _typed : _entries[_at];

    /// <summary>Adds what was run.</summary>
    internal void Add(string text)
    {
        if (text.Trim().Length > 0 && (_entries.Count == 0 || _entries[^1] != text))
        {
            _entries.Add(text);
            Append(text);
        }

        _at = _entries.Count;
        _typed = "";
    }

    private static List<string> Read(string? file)
    {
        try
        {
            return file is not null && File.Exists(file) ? [.. File.ReadLines(file).Select(Parse).OfType<string>().TakeLast(Most)] : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<string>(line);
        }
        catch (JsonException)
        {
            return null; // A line cut short by a full disk.
        }
    }

    private void Append(string text)
    {
        try
        {
            if (_file is not null)
            {
                if (Path.GetDirectoryName(_file) == CacheDirectory.Path)
                {
                    CacheDirectory.Create(CacheDirectory.Path);
                }

                File.AppendAllText(_file, JsonSerializer.Serialize(text) + "\n");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The session goes on without.
        }
    }
}

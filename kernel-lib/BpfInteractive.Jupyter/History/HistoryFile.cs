using System.Text;
using System.Text.Json;

namespace BpfInteractive.Jupyter;

/// <summary>
/// The history on disk: one JSON object a line, appended whole, so that several kernels write to one file. Its owner alone can read it. Root's is under /var/lib, whatever HOME
/// says under sudo: root writes no file where another user could have put a link.
/// </summary>
internal sealed class HistoryFile(string path)
{
    private const long MostBytes = 8 << 20;
    private const int KeptEntries = 5000;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnerOnly | UnixFileMode.UserExecute;

    /// <summary>Where a user's history is kept.</summary>
    internal static string DefaultPath => Path.Combine(DataFolder.Path, "history.jsonl");

    /// <summary>Reads all entries. Lines that are no entries (a disk that was full) are passed over.</summary>
    internal List<HistoryEntry> Read()
    {
        var entries = new List<HistoryEntry>();
        if (!File.Exists(path))
        {
            return entries;
        }

        foreach (var line in File.ReadLines(path))
        {
            if (Parse(line) is { } entry)
            {
                entries.Add(entry);
            }
        }

        if (new FileInfo(path).Length > MostBytes && entries.Count > KeptEntries)
        {
            entries.RemoveRange(0, entries.Count - KeptEntries);
            Replace(entries);
        }

        return entries;
    }

    /// <summary>Adds an entry in one write.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal void Append(HistoryEntry entry)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnersFolder);
        using var file = Open(path, FileMode.Append);
        file.Write(Encoding.UTF8.GetBytes(Format(entry)));
    }

    private void Replace(List<HistoryEntry> entries)
    {
        var temporary = $"{path}.{Environment.ProcessId}";
        using (var file = Open(temporary, FileMode.Create))
        {
            file.Write(Encoding.UTF8.GetBytes(string.Concat(entries.Select(Format))));
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static FileStream Open(string path, FileMode mode) =>
        new(path, new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = OwnerOnly, BufferSize = 0 });

    private static string Format(HistoryEntry entry)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("session", entry.Session);
            json.WriteNumber("line", entry.Line);
            json.WriteString("input", entry.Input);
            if (entry.Output is not null)
            {
                json.WriteString("output", entry.Output);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length) + "\n";
    }

    private static HistoryEntry? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var entry = document.RootElement;
            return entry.ValueKind == JsonValueKind.Object && entry.Number("session") is { } session && entry.Number("line") is { } number
                ? new HistoryEntry(session, number, entry.Text("input"), entry.TryGetProperty("output", out _) ? entry.Text("output") : null)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

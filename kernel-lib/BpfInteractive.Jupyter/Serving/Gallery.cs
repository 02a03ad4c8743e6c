using System.Security.Cryptography;
using System.Text.Json;

namespace BpfInteractive.Jupyter;

/// <summary>
/// Copies of the gallery's notebooks in a user's folder. A list beside them says what each was when it was copied: one that the user has changed stays as it is, the others follow
/// a newer gallery.
/// </summary>
public static class Gallery
{
    private const string ListName = ".bpfi-gallery.json";

    /// <summary>The notebooks that came with this tool.</summary>
    public static string Source { get; } = Path.Combine(AppContext.BaseDirectory, "notebooks");

    /// <summary>Copies what is not there yet, and what is there as it was copied.</summary>
    /// <param name="source">The gallery.</param>
    /// <param name="folder">The user's folder; made when it is not there.</param>
    /// <returns>The names of the notebooks that the user has changed and that the gallery has in another form now.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    public static IReadOnlyList<string> CopyTo(string source, string folder)
    {
        Directory.CreateDirectory(folder);
        var list = ReadList(folder);
        var kept = new List<string>();
        foreach (var file in Directory.EnumerateFiles(source, "*.ipynb").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(file);
            var copy = Path.Combine(folder, name);
            var now = HashOf(file);
            if (!File.Exists(copy) || list.GetValueOrDefault(name) == HashOf(copy))
            {
                Write(copy, File.ReadAllBytes(file));
                list[name] = now;
            }
            else if (HashOf(copy) != now && list.GetValueOrDefault(name) != now)
            {
                kept.Add(name);
            }
        }

        Write(Path.Combine(folder, ListName), JsonSerializer.SerializeToUtf8Bytes(list));
        return kept;
    }

    private static Dictionary<string, string> ReadList(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(Path.Combine(folder, ListName))) ?? [];
        }
        catch (Exception error) when (error is FileNotFoundException or JsonException)
        {
            return []; // then every notebook that is there counts as the user's own
        }
    }

    private static string HashOf(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    private static void Write(string path, byte[] content)
    {
        var half = $"{path}.{Environment.ProcessId}";
        File.WriteAllBytes(half, content);
        File.Move(half, path, overwrite: true);
    }
}

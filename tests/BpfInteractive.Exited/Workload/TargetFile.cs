using System.Globalization;

namespace BpfInteractive.Exited.Workload;

/// <summary>A function of a target's file, where it lies in that file.</summary>
/// <param name="Offset">The offset in the file of its first byte.</param>
/// <param name="SizeBytes">Its length.</param>
public readonly record struct FileFunction(ulong Offset, ulong SizeBytes);

/// <summary>
/// One of the targets' files as binutils see it (readelf, nm): a reading of its own, so that the profiler under test is not judged by itself.
/// </summary>
/// <param name="Name">The name it was built by: <c>alpha.so</c>.</param>
/// <param name="BuildId">Its build id in hex; empty when it has none.</param>
/// <param name="Functions">Its functions by name.</param>
public sealed record TargetFile(string Name, string BuildId, IReadOnlyDictionary<string, FileFunction> Functions)
{
    /// <summary>How the files end that hold the symbols of a stripped one.</summary>
    public static IReadOnlyList<string> SymbolFiles { get; } = [".debug", ".symbols"];

    /// <summary>The function that holds an offset of the file, or null.</summary>
    public string? At(ulong offset) =>
        Functions.Where(function => offset - function.Value.Offset < function.Value.SizeBytes).Select(function => function.Key).FirstOrDefault();

    /// <summary>Reads a file's build id, load segments and function symbols.</summary>
    public static async Task<TargetFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var segments = (await Command.OutputAsync("readelf", ["-lW", path], cancellationToken)).Split('\n')
            .Select(Words).Where(words => words.Length > 4 && words[0] == "LOAD")
            .Select(words => (Offset: Hex(words[1]), Address: Hex(words[2]), Size: Hex(words[4]))).ToList();
        var notes = await Command.OutputAsync("readelf", ["-nW", path], cancellationToken);
        var apart = SymbolFiles.Select(ending => path + ending).FirstOrDefault(File.Exists);
        var symbols = await Command.OutputAsync("nm", ["-S", "--defined-only", apart ?? path], cancellationToken);
        var functions = new Dictionary<string, FileFunction>();
        foreach (var words in symbols.Split('\n').Select(Words).Where(words => words is [_, _, "T" or "t", _]))
        {
            var address = Hex(words[0]);
            var segment = segments.First(segment => address - segment.Address < segment.Size);
            functions.TryAdd(words[3], new(address - segment.Address + segment.Offset, Hex(words[1])));
        }

        var buildId = notes.Split("Build ID: ") is [_, var rest, ..] ? rest.Split('\n')[0].Trim() : "";
        return new(Path.GetFileName(path), buildId, functions);
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static ulong Hex(string text) =>
        ulong.Parse(text.Replace("0x", "", StringComparison.Ordinal), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

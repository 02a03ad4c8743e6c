using BpfInteractive.Analysis;
using BpfInteractive.Cli.Output;

namespace BpfInteractive.Cli.Profiling;

/// <summary>Writes a profile, or what changed since an earlier one, in the format asked for. What needs the chart library is a class of its own, so that it is loaded only then.</summary>
internal sealed class ProfileOutput
{
    private readonly ProfileRequest _request;
    private readonly string _format;

    /// <exception cref="ArgumentException">The format cannot go where it should go.</exception>
    internal ProfileOutput(ProfileRequest request)
    {
        _request = request;
        _format = request.Format ?? FormatOf(request.Output);
        if (request.Output is null && _format == "parquet")
        {
            throw new ArgumentException("a profile in Parquet is a folder: name it by -o");
        }

        if (request.Output is null && !Console.IsOutputRedirected && _format is "pprof" or "html" or "heatmap")
        {
            throw new ArgumentException($"{_format} is nothing for a terminal: name a file by -o, or redirect standard output");
        }

        if (request.Compare is not null && _format is not ("table" or "html" or "csv"))
        {
            throw new ArgumentException($"what changed is written as table, html or csv, not as {_format}");
        }
    }

    internal bool IsParquet => _format == "parquet";

    /// <summary>Where it is written; null for standard output.</summary>
    internal string? Path => _request.Output;

    internal static async Task<Profile> OpenAsync(string path) => await ProfileFiles.OpenProfileAsync(path).ConfigureAwait(false);

    internal Task WriteAsync(Profile profile) => _format switch
    {
        "table" => WriteTextAsync(text => ProfileTable.Write(text, profile, _request.Rows, _request.Lines)),
        "html" => ProfilePage.WriteFlameGraphAsync(profile, _request.Output),
        "heatmap" => ProfilePage.WriteHeatMapAsync(profile, _request.Output),
        "parquet" => profile.SaveAsync(ParquetName(_request.Output!)),
        _ => WriteStreamAsync(stream => profile.WriteAsync(Enum.Parse<ProfileFormat>(_format, ignoreCase: true), stream)),
    };

    internal Task WriteAsync(ProfileDifference difference) => _format switch
    {
        "html" => ProfilePage.WriteDifferenceAsync(difference, _request.Output),
        "csv" => WriteTextAsync(text => new CsvWriter(text).Write(difference.FunctionColumns())),
        _ => WriteTextAsync(text => text.Write(difference.FunctionColumns().ToTable(_request.Rows))),
    };

    private static string FormatOf(string? path) => path is null ? "table"
        : path.EndsWith(".html", StringComparison.OrdinalIgnoreCase) ? "html"
        : ProfileFiles.FormatOf(path).ToString().ToLowerInvariant();

    // The library tells formats by the name's ending; here the format was named.
    private static string ParquetName(string path) => path.TrimEnd('/').EndsWith(".parquet", StringComparison.OrdinalIgnoreCase) ? path
        : throw new ArgumentException($"the folder of a profile in Parquet has a name that ends in .parquet, not '{path}'");

    private Task WriteTextAsync(Action<TextWriter> write) => WriteStreamAsync(stream =>
    {
        using var text = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        write(text);
        return Task.CompletedTask;
    });

    private async Task WriteStreamAsync(Func<Stream, Task> write)
    {
        // Gathered first, so that a failure half way leaves nothing half on the pipe.
        using var gathered = new MemoryStream();
        await write(gathered).ConfigureAwait(false);
        await OutputFile.WriteAsync(gathered, _request.Output).ConfigureAwait(false);
    }
}

using BpfInteractive.Analysis;

namespace BpfInteractive.Cli.Output;

/// <summary>Columns as a Parquet file. The only class that needs the Parquet library.</summary>
internal static class ParquetOutput
{
    /// <exception cref="ArgumentException">It would go to a terminal.</exception>
    internal static async Task WriteAsync(Columns columns, string? path)
    {
        if (path is null && !Console.IsOutputRedirected)
        {
            throw new ArgumentException("Parquet is no text for a terminal: name a file by -o, or redirect standard output");
        }

        using var gathered = new MemoryStream();
        await columns.WriteParquetAsync(gathered).ConfigureAwait(false);
        await OutputFile.WriteAsync(gathered, path).ConfigureAwait(false);
    }
}

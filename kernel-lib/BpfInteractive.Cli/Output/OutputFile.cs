using BpfInteractive.Analysis;

namespace BpfInteractive.Cli.Output;

/// <summary>Where a command's output goes: standard output, or a file that is whole or not there.</summary>
internal static class OutputFile
{
    internal static async Task WriteAsync(MemoryStream content, string? path)
    {
        content.Position = 0;
        if (path is not null)
        {
            await WholeFile.WriteAsync(path, stream => content.CopyToAsync(stream)).ConfigureAwait(false);
            return;
        }

        var output = Console.OpenStandardOutput();
        await using (output.ConfigureAwait(false))
        {
            await content.CopyToAsync(output).ConfigureAwait(false);
        }
    }
}

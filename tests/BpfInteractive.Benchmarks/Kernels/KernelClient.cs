using System.Diagnostics;
using System.Text.Json.Nodes;

namespace BpfInteractive.Benchmarks;

/// <summary>Jupyter's own client, with the notebook kernel installed as a user installs it: what it measures is what people wait for.</summary>
internal static class KernelClient
{
    private const string Python = "/usr/bin/python3"; // the distribution's packages are for this one

    /// <summary>Installs the kernel in a folder of its own, runs one of the clients in native/ and gives the figures that it prints.</summary>
    internal static async Task<JsonNode> MeasureAsync(string client, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("bpfi-bench-jupyter-").FullName;
        try
        {
            await RunAsync(BuiltTool.Program, folder, ["jupyter", "install", "--prefix", folder], cancellationToken);
            return JsonNode.Parse(await RunAsync(Python, folder, ["-W", "ignore", Path.Combine(AppContext.BaseDirectory, "native", client), .. arguments], cancellationToken))!;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string program, string folder, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["JUPYTER_PATH"] = Path.Combine(folder, "share", "jupyter");
        start.Environment["XDG_DATA_HOME"] = Path.Combine(folder, "data");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await errors}");
    }
}

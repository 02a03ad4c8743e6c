using System.Diagnostics;
using System.Text.Json.Nodes;

namespace BpfInteractive.Benchmarks;

/// <summary>The notebook kernel beside Python's own, by Jupyter's own client, in turns.</summary>
public sealed class JupyterBenchmark : IBenchmark
{
    private const string Python = "/usr/bin/python3";
    private const string Peer = "ipykernel";

    public string Name => "jupyter";

    public async Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("bpfi-bench-jupyter-").FullName;
        try
        {
            await RunAsync(Tool(), folder, cancellationToken, "jupyter", "install", "--prefix", folder);
            var text = await RunAsync(Python, folder, cancellationToken, "-W", "ignore", Path.Combine(AppContext.BaseDirectory, "native", "kernels.py"), "5", "python3", "bpfi");
            var figures = JsonNode.Parse(text)!;
            Comparison Row(string what, string figure, string unit) =>
                new(what, Peer, figures["bpfi"]![figure]!.GetValue<double>(), figures["python3"]![figure]!.GetValue<double>(), unit, 1, 0.8);
            return
            [
                Row("start to ready (kernel_info answered, iopub heard)", "info", "ms"),
                Row("start to the first cell's reply", "first", "ms"),
                Row("`1+1`", "small", "ms"),
                Row("an expression that was not run before: `100+1`, `101+1`...", "new", "ms"),
                Row("a new variable: `var x1 = 1;`, `var x2 = 2;`...", "variable", "ms"),
                Row("a cell that writes and flushes 1,000 lines", "stream", "ms"),
                Row("a cell that changes a display 1,000 times", "updates", "ms"),
                new("memory after the first cell", Peer, figures["bpfi"]!["memory"]!.GetValue<double>(), figures["python3"]!["memory"]!.GetValue<double>(), "MB"),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>As scripts/bpfi starts it, compiled ahead, where scripts/bench says so.</summary>
    private static string Tool()
    {
        if (Environment.GetEnvironmentVariable("BPFI_TOOL") is { Length: > 0 } chosen)
        {
            return chosen;
        }

        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder.Parent is not null && !File.Exists(Path.Combine(folder.FullName, "BpfInteractive.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder.FullName, "kernel-lib", "BpfInteractive.Cli", "bin", "Release", "net10.0", "bpfi");
    }

    private static async Task<string> RunAsync(string program, string folder, CancellationToken cancellationToken, params string[] arguments)
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

namespace BpfInteractive.Benchmarks;

/// <summary>The notebook kernel beside Python's own, by Jupyter's own client, in turns.</summary>
public sealed class JupyterBenchmark : IBenchmark
{
    private const string Peer = "ipykernel";

    public string Name => "jupyter";

    public async Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        var figures = await KernelClient.MeasureAsync("kernels.py", ["5", "python3", "bpfi"], cancellationToken);
        Comparison Row(string what, string figure) =>
            new(what, Peer, figures["bpfi"]![figure]!.GetValue<double>(), figures["python3"]![figure]!.GetValue<double>(), "ms", 1, 0.8);
        return
        [
            Row("start to ready (kernel_info answered, iopub heard)", "info"),
            Row("start to the first cell's reply", "first"),
            Row("`1+1`", "small"),
            Row("an expression that was not run before: `100+1`, `101+1`...", "new"),
            Row("a new variable: `var x1 = 1;`, `var x2 = 2;`...", "variable"),
            Row("a new expression each half second", "paced"),
            Row("a cell that writes and flushes 1,000 lines", "stream"),
            Row("a cell that changes a display 1,000 times", "updates"),
            new("memory after the first cell", Peer, figures["bpfi"]!["memory"]!.GetValue<double>(), figures["python3"]!["memory"]!.GetValue<double>(), "MB"),
        ];
    }
}

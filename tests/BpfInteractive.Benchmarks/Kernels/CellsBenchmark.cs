namespace BpfInteractive.Benchmarks;

/// <summary>A BPF cell of a warm session from Enter to the reply that it is attached: new, changed each time, and run again as it was.</summary>
public sealed class CellsBenchmark : IBenchmark
{
    public string Name => "cells";

    public async Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        var figures = await KernelClient.MeasureAsync("bpf_cells.py", ["15"], cancellationToken);
        Comparison Row(string what, string figure, double goal = double.NaN) => Comparison.Alone(what, figures[figure]!.GetValue<double>(), "ms", goal);
        return
        [
            Row("a new 20-line cell, Enter to attached", "new", 120),
            Row("the same cell with another constant", "changed", 120),
            Row("the same cell unchanged", "unchanged", 20),
            Row("the first BPF cell of a session", "first"),
        ];
    }
}

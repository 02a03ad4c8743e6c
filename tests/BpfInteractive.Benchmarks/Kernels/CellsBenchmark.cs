namespace BpfInteractive.Benchmarks;

/// <summary>A BPF cell of a warm session from Enter to the reply that it is attached: new, changed each time, and run again as it was. The goals stand where a peer would.</summary>
public sealed class CellsBenchmark : IBenchmark
{
    public string Name => "cells";

    public async Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        var figures = await KernelClient.MeasureAsync("bpf_cells.py", ["15"], cancellationToken);
        Comparison Row(string what, string figure, double goal) => new(what, $"the goal of {goal} ms", figures[figure]!.GetValue<double>(), goal, "ms", 1, double.NaN);
        return
        [
            Row("a new 20-line cell, Enter to attached", "new", 120),
            Row("the same cell with another constant", "changed", 120),
            Row("the same cell unchanged", "unchanged", 20),
            new Comparison("the first BPF cell of a session", "-", figures["first"]!.GetValue<double>(), double.NaN, "ms"),
        ];
    }
}

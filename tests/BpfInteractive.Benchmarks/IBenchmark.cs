namespace BpfInteractive.Benchmarks;

/// <summary>
/// A group of figures that are measured together. Every class with a constructor without parameters that implements this is found and run by
/// <c>BpfInteractive.Benchmarks all</c>, or by its name.
/// </summary>
public interface IBenchmark
{
    /// <summary>The name on the command line: "ring", "btf".</summary>
    string Name { get; }

    /// <summary>Measures ours and the peers' side by side.</summary>
    Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken);
}

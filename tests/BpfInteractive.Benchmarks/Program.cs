// BpfInteractive.Benchmarks [all | NAME...]: measures, and prints one table in markdown. Run it by scripts/bench.
using BpfInteractive.Benchmarks;

var benchmarks = typeof(IBenchmark).Assembly.GetTypes()
    .Where(type => type.IsAssignableTo(typeof(IBenchmark)) && type.GetConstructor([]) is not null)
    .Select(type => (IBenchmark)Activator.CreateInstance(type)!)
    .OrderBy(benchmark => benchmark.Name, StringComparer.Ordinal)
    .ToList();
var wanted = args.Length == 0 || args.Contains("all") ? benchmarks : [.. benchmarks.Where(benchmark => args.Contains(benchmark.Name))];
if (args.Contains("--help") || args.Except(benchmarks.Select(benchmark => benchmark.Name)).Any(name => name != "all"))
{
    Console.Error.WriteLine($"usage: BpfInteractive.Benchmarks [all | {string.Join(" | ", benchmarks.Select(benchmark => benchmark.Name))}]...");
    return 2;
}

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    interrupt.Cancel();
};

var failures = 0;
Console.WriteLine(Comparison.MarkdownHead);
foreach (var benchmark in wanted)
{
    Console.Error.WriteLine($"measuring: {benchmark.Name}");
    try
    {
        foreach (var row in await benchmark.RunAsync(interrupt.Token))
        {
            Console.WriteLine(row.ToMarkdown());
        }
    }
    catch (Exception error) when (error is not OperationCanceledException)
    {
        failures++;
        Console.Error.WriteLine($"{benchmark.Name}: {error}");
    }
}

return failures == 0 ? 0 : 1;

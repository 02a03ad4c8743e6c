using BpfInteractive.Exited;
using BpfInteractive.Exited.Judging;
using BpfInteractive.Exited.Soaking;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(HarnessOptions.Usage);
    return 0;
}

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    interrupt.Cancel();
};

try
{
    var options = HarnessOptions.Parse(args);
    if (options.SoakSeconds > 0)
    {
        var result = await Soak.RunAsync(options, interrupt.Token);
        result.Write(Console.Out);
        return result.Shortfalls().Any() ? 1 : 0;
    }

    var boards = await Harness.RunAsync(options, Console.Error.WriteLine, interrupt.Token);
    foreach (var board in boards)
    {
        Report.Write(Console.Out, board);
    }

    return boards[0].Shortfalls().Count == 0 ? 0 : 1;
}
catch (ArgumentException error)
{
    Console.Error.WriteLine($"{error.Message}\n\n{HarnessOptions.Usage}");
    return 2;
}
catch (OperationCanceledException)
{
    return 130;
}

using BpfInteractive.Cli;
using BpfInteractive.Cli.Commands;

return args switch
{
    _ when args.Any(WantsWholeTool) => ManagedTool.Become(args),
    ["profile", ..] => await ProfileAsync().ConfigureAwait(false),
    ["vmas", ..] => await CommandLine.RunAsync(args, [VmasCommand.Create()]).ConfigureAwait(false),
    _ => ManagedTool.Become(args),
};

Task<int> ProfileAsync()
{
    LargeMemory.Prepare();
    return CommandLine.RunAsync(args, [ProfileCommand.Create()]);
}

// Pages want the chart library, and reading Parquet wants a JIT. A word that means something else costs a slower start and nothing more.
static bool WantsWholeTool(string argument) =>
    argument.StartsWith("--open", StringComparison.Ordinal) || argument.StartsWith("--compare", StringComparison.Ordinal) ||
    argument.EndsWith("html", StringComparison.OrdinalIgnoreCase) || argument.EndsWith("heatmap", StringComparison.OrdinalIgnoreCase);

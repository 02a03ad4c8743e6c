using System.CommandLine;
using BpfInteractive.Cli.Output;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi doctor</c>: what this kernel, libbpf, clang and these capabilities can do; for each gap the remedy.</summary>
internal static class DoctorCommand
{
    internal static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Write JSON (schema 1) instead of tables." };
        var missing = new Option<bool>("--missing") { Description = "Show only what is missing." };
        var command = new Command("doctor", "Show what this kernel, libbpf, clang and this process's rights can do; for each gap the remedy.") { json, missing };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(json), parsed.GetValue(missing), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(bool json, bool onlyMissing, CancellationToken cancellationToken)
    {
        var states = await Features.AllAsync(cancellationToken).ConfigureAwait(false);
        if (json)
        {
            using var output = Console.OpenStandardOutput();
            DoctorJson.Write(output, onlyMissing ? [.. states.Where(state => !state.Available)] : states);
        }
        else
        {
            await Console.Out.WriteAsync(DoctorText.Format(states, onlyMissing, Terminal.Width, Terminal.HasColor)).ConfigureAwait(false);
        }

        return ExitCode.Done;
    }
}

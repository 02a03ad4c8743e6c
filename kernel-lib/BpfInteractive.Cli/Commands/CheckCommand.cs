using System.CommandLine;
using BpfInteractive.Cli.Checking;
using BpfInteractive.Cli.Output;

namespace BpfInteractive.Cli.Commands;

/// <summary><c>bpfi check FILE.bpf.c...</c>: compiles each file and loads each program on its own; attaches nothing.</summary>
internal static class CheckCommand
{
    internal static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "C sources, or folders that are searched for *.bpf.c.", Arity = ArgumentArity.OneOrMore };
        var include = new Option<string[]>("-I") { Description = "A folder to search for headers.", HelpName = "DIR" };
        var define = new Option<string[]>("-D") { Description = "A macro: NAME or NAME=VALUE.", HelpName = "MACRO" };
        var json = new Option<bool>("--json") { Description = "Write JSON (schema 1)." };
        var command = new Command(
            "check", "Compiles and loads (does not attach) each program on its own; clang's and the verifier's findings at source lines. Exit status 1 unless all pass.")
        { files, include, define, json };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetValue(files) ?? [],
            new CompilerOptions { IncludeDirectories = parsed.GetValue(include) ?? [], Defines = parsed.GetValue(define) ?? [] },
            parsed.GetValue(json),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string[] paths, CompilerOptions options, bool json, CancellationToken cancellationToken)
    {
        var checks = new List<FileCheck>();
        foreach (var file in CheckFiles.Expand(paths))
        {
            var check = await FileCheck.RunAsync(file, options, cancellationToken).ConfigureAwait(false);
            checks.Add(check);
            if (!json)
            {
                await Console.Out.WriteAsync(CheckText.Format(check, Terminal.HasColor)).ConfigureAwait(false);
            }
        }

        if (json)
        {
            using var output = Console.OpenStandardOutput();
            CheckJson.Write(output, checks);
        }

        return checks.All(check => check.Passed) ? ExitCode.Done : ExitCode.Failed;
    }
}

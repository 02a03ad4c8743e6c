using BpfInteractive.Cli;
using BpfInteractive.Cli.Commands;

return await CommandLine.RunAsync(
    args,
    [
        CheckCommand.Create(),
        DoctorCommand.Create(),
        JupyterCommand.Create(),
        NotebookCommand.Create(),
        ProfileCommand.Create(),
        PsCommand.Create(),
        ReplCommand.Create(),
        RunCommand.Create(),
        SetupUserCommand.Create(),
        StopCommand.Create(),
        SymbolizeCommand.Create(),
        TraceCommand.Create(),
        VmasCommand.Create(),
    ]).ConfigureAwait(false);

using BpfInteractive.Cli;

return await CommandLine.RunAsync(args).ConfigureAwait(false);

namespace BpfInteractive.Cli.Running;

/// <summary>What <c>bpfi run</c> was asked for, of a notebook.</summary>
/// <param name="File">The notebook.</param>
/// <param name="Args">What its code sees as Args.</param>
/// <param name="Ipynb">Where the notebook with its outputs goes, or null.</param>
/// <param name="Html">Where the page goes, or null.</param>
/// <param name="Parameters">NAME=VALUE each.</param>
/// <param name="AllowErrors">Whether the cells behind a failing one run.</param>
/// <param name="Compare">The earlier run, or null.</param>
/// <param name="LiveSeconds">How long live displays go on, or null.</param>
internal sealed record NotebookRequest(string File, string[] Args, string? Ipynb, string? Html, string[] Parameters, bool AllowErrors, string? Compare, double? LiveSeconds);

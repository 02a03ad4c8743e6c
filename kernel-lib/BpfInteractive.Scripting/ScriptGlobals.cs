namespace BpfInteractive.Scripting;

/// <summary>What every script and cell can name without declaring it. <c>dotnet script</c> has the same <see cref="Args"/>.</summary>
/// <param name="args">The arguments after <c>--</c>.</param>
public sealed class ScriptGlobals(IList<string> args)
{
    /// <summary>The script's arguments: what stood after <c>--</c> on the command line.</summary>
    public IList<string> Args { get; } = args;
}

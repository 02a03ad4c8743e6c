namespace BpfInteractive.Jupyter;

/// <summary>Whether the page that shows our charts comes from a server that hands out plotly.js.</summary>
internal static class JupyterPage
{
    private static readonly string[] s_servers = ["notebook", "jupyter-notebook", "jupyter-lab", "jupyterlab", "jupyter-server", "jupyter_server", "jupyterhub-singleuser", "jupyter-nbclassic", "nbclassic"];

    /// <summary>
    /// The program that started the kernel tells: Jupyter's servers hand out the files of the kernel's entry. nbconvert, papermill, an editor and a test have no server, and what they
    /// make must stand by itself.
    /// </summary>
    internal static bool HasServer { get; } = ParentWatch.PidFromEnvironment() is { } pid && IsServer(CommandOf(pid));

    /// <summary>Whether a command line is one of Jupyter's servers: its program, or what Python was told to run. <c>--to notebook</c> of nbconvert is neither.</summary>
    internal static bool IsServer(IReadOnlyList<string> command)
    {
        var words = command.Select(word => Path.GetFileName(word)).ToList();
        var module = words.IndexOf("-m");
        var program = module >= 0 ? module + 1 : words.FindIndex(word => !word.StartsWith("python", StringComparison.Ordinal) && !word.StartsWith('-'));
        return program >= 0 && program < words.Count && (s_servers.Contains(words[program])
            || (words[program] == "jupyter" && words.ElementAtOrDefault(program + 1) is "notebook" or "lab" or "server" or "nbclassic"));
    }

    private static string[] CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

using BpfInteractive.Interop;

namespace BpfInteractive.Cli;

/// <summary>The whole tool, in the folder above this program's.</summary>
internal static class ManagedTool
{
    /// <summary>Becomes the whole tool, with the same arguments; returns only when that fails.</summary>
    internal static int Become(string[] arguments)
    {
        var tool = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "bpfi"));
        _ = Libc.execv(tool, [tool, .. arguments, null]);
        Console.Error.WriteLine($"bpfi: cannot start {tool}: {Errno.Describe(Errno.Last)}");
        return ExitCode.Failed;
    }
}

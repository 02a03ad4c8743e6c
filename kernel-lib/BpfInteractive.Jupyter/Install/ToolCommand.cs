namespace BpfInteractive.Jupyter;

/// <summary>What starts the tool: words, and what must stand in the environment.</summary>
/// <param name="Words">A file, and arguments before the tool's own.</param>
/// <param name="DotnetRoot">The folder of .NET: whoever starts the tool may have an environment that does not know it.</param>
public sealed record ToolCommand(IReadOnlyList<string> Words, string DotnetRoot)
{
    /// <summary>
    /// What of the compiler a session calls often is compiled once more, as optimized code that knows the runtime it runs on, while nobody waits. The tool itself has a limit that no single
    /// command reaches; and the runtime waits until nothing new has been called for a while, which cells that follow one another never let it: each is new. Numbers are hexadecimal.
    /// </summary>
    private static readonly (string Name, string Value)[] s_tiering = [("DOTNET_TC_CallCountThreshold", "1E"), ("DOTNET_TC_CallCountingDelayMs", "5")];

    /// <summary>What must stand in the environment of a notebook kernel, which runs for hours where other commands run for seconds.</summary>
    public IReadOnlyDictionary<string, string> KernelEnvironment =>
        s_tiering.Append(("DOTNET_ROOT", DotnetRoot)).ToDictionary(static variable => variable.Item1, static variable => variable.Item2);

    /// <summary>This very tool.</summary>
    public static ToolCommand This() => In(AppContext.BaseDirectory);

    /// <summary>Takes out of this process's environment what is for the kernel alone and not for the programs that it starts.</summary>
    internal static void ForgetKernelEnvironment()
    {
        foreach (var (name, _) in s_tiering)
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    /// <summary>The tool in another folder.</summary>
    public static ToolCommand In(string folder)
    {
        // Without an executable of its own (dotnet bpfi.dll) this one was started by dotnet, and so is the other.
        var program = Environment.ProcessPath!;
        IReadOnlyList<string> words = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Path.Combine(folder, "bpfi.dll")] : [Path.Combine(folder, "bpfi")];

        // The runtime is ROOT/shared/Microsoft.NETCore.App/VERSION.
        return new ToolCommand(words, Path.GetFullPath("../../..", Path.GetDirectoryName(typeof(object).Assembly.Location)!));
    }
}

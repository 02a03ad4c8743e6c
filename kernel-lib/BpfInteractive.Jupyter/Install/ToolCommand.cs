namespace BpfInteractive.Jupyter;

/// <summary>What starts the tool: words, and what must stand in the environment.</summary>
/// <param name="Words">A file, and arguments before the tool's own.</param>
/// <param name="DotnetRoot">The folder of .NET: whoever starts the tool may have an environment that does not know it.</param>
public sealed record ToolCommand(IReadOnlyList<string> Words, string DotnetRoot)
{
    /// <summary>This very tool.</summary>
    public static ToolCommand This() => In(AppContext.BaseDirectory);

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

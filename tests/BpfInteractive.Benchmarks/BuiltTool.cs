namespace BpfInteractive.Benchmarks;

/// <summary>The tool that is measured: as scripts/bpfi starts it, compiled ahead. Another would measure the JIT.</summary>
internal static class BuiltTool
{
    /// <summary>Its program, which scripts/bench names.</summary>
    internal static string Program => Environment.GetEnvironmentVariable("BPFI_TOOL") ?? throw new InvalidOperationException("BPFI_TOOL names no tool: run this by scripts/bench");
}

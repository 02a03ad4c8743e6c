using System.Text;

namespace BpfInteractive;

public static partial class BpfCompiler
{
    /// <summary>What clang would accept at a place in a source: members, variables, functions, macros, types that the source names.</summary>
    /// <param name="source">The C text; what stands behind the place does not count.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="column">The column in bytes, from 1: where the word begins that is being typed.</param>
    /// <param name="cancellationToken">Stops clang.</param>
    /// <returns>The names in clang's order.</returns>
    /// <exception cref="UnsupportedFeatureException">clang, libbpf's headers or the kernel's BTF is missing.</exception>
    internal static async Task<IReadOnlyList<CompletedName>> CompleteAtAsync(string source, int line, int column, CancellationToken cancellationToken)
    {
        var options = CompilerOptions.Default;
        var compilation = Compilation.Prepare(source, options);
        var arguments = ClangProcess.CompletionArguments(options, HelperHeaders.FindSystem(out _) ?? throw HelperHeaders.Missing(), line, column);
        using var clang = ClangProcess.Start(Clang.Find(), arguments, keptCapability: null);
        var header = compilation.WantsKernelTypes
            ? SmallHeader(compilation.Kernel, compilation.Scan, [], new HashSet<string>(compilation.Scan.Taken, StringComparer.Ordinal))
            : [];
        var text = await clang.PrintAsync(compilation.Prelude, header, Encoding.UTF8.GetBytes(source), options.Timeout, cancellationToken).ConfigureAwait(false);
        return CompletedName.Parse(text);
    }
}

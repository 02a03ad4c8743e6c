namespace BpfInteractive.Cli.Checking;

/// <summary>What became of one source file: whether it compiled, its programs, and the findings of clang and of the verifier together.</summary>
internal sealed record FileCheck(string File, bool Compiled, IReadOnlyList<ProgramCheck> Programs, IReadOnlyList<SourceDiagnostic> Diagnostics)
{
    /// <summary>Whether it compiled, can be opened, and each of its programs loads.</summary>
    internal bool Passed => Compiled && Programs.All(program => program.Loaded) && Diagnostics.All(finding => finding.Severity < DiagnosticSeverity.Error);

    /// <summary>Compiles and loads one file; what clang, libbpf or the verifier refuse is part of the result.</summary>
    /// <exception cref="UnsupportedFeatureException">This machine has no clang, no libbpf or no BTF.</exception>
    internal static async Task<FileCheck> RunAsync(string file, CompilerOptions options, CancellationToken cancellationToken)
    {
        IReadOnlyList<SourceDiagnostic> findings = [];
        var compiled = false;
        try
        {
            var result = await BpfCompiler.CompileFileAsync(file, options, cancellationToken).ConfigureAwait(false);
            compiled = true;
            findings = result.Diagnostics;
            var programs = await ProgramChecker.CheckAsync(result.Object, Path.GetFileName(file), cancellationToken).ConfigureAwait(false);
            return new FileCheck(file, Compiled: true, programs, [.. findings, .. programs.Where(program => !program.Loaded).Select(program => Refusal(file, program))]);
        }
        catch (CompilationException error)
        {
            return new FileCheck(file, Compiled: false, [], error.Diagnostics);
        }
        catch (BpfException error) when (error is not UnsupportedFeatureException)
        {
            // The object as a whole is refused, or the file cannot be read: no program of it can be checked.
            return new FileCheck(file, Compiled: compiled, [], [.. findings, new SourceDiagnostic(file, 0, 0, DiagnosticSeverity.Error, error.Message, null)]);
        }
    }

    private static SourceDiagnostic Refusal(string file, ProgramCheck program)
    {
        var at = program.Location;
        var message = program.Exception is VerifierException verifier
            ? $"{program.Name}: {verifier.Summary}" + (verifier.Explanation is null ? "" : $"; {verifier.Explanation}") + (verifier.Remedy is null ? "" : $"; {verifier.Remedy}")
            : $"{program.Name}: {program.Error}";
        return new SourceDiagnostic(at?.File ?? file, at?.Line ?? 0, at?.Column ?? 0, DiagnosticSeverity.Error, message, at?.Text);
    }
}

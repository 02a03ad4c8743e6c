using System.Text;

namespace BpfInteractive;

/// <summary>Runs clang over one source, with one vmlinux.h at a time.</summary>
internal sealed class ClangJob
{
    private readonly Clang _clang;
    private readonly CompilerOptions _options;
    private readonly string _source;
    private readonly List<string> _arguments;

    internal ClangJob(Clang clang, CompilerOptions options, string source, string systemHeaders)
    {
        _clang = clang;
        _options = options;
        _source = source;
        _arguments = ClangProcess.Arguments(options, systemHeaders);
    }

    /// <summary>What a run gave: an object, or none.</summary>
    internal readonly record struct Outcome(byte[]? Object, IReadOnlyList<SourceDiagnostic> Diagnostics)
    {
        internal IEnumerable<SourceDiagnostic> Errors => Diagnostics.Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
    }

    /// <summary>A clang for <see cref="RunAsync"/>: it gets ready while the header is made.</summary>
    internal ClangProcess Start() => WarmClang.TakeOrStart(_clang, _arguments);

    /// <summary>Gets the next clang ready, where that is wanted.</summary>
    internal void StartNext() => WarmClang.StartNext(_clang, _arguments);

    /// <param name="clang">One of <see cref="Start"/>; disposed here.</param>
    /// <param name="prelude">What is included before the source's first line.</param>
    /// <param name="kernelHeader">The contents of vmlinux.h; empty for a source that does without.</param>
    /// <param name="epilogue">What stands behind the source's last line.</param>
    /// <param name="cancellationToken">Stops clang.</param>
    internal async Task<Outcome> RunAsync(ClangProcess clang, string prelude, ReadOnlyMemory<byte> kernelHeader, string epilogue, CancellationToken cancellationToken)
    {
        var source = Encoding.UTF8.GetBytes(_source + epilogue);
        var outcome = await FinishAsync(clang, prelude, kernelHeader, source, cancellationToken).ConfigureAwait(false);
        if (outcome.Object is null && Environment.IsPrivilegedProcess && outcome.Errors.Any(IsAboutAccess))
        {
            // Root's own headers may lie in a user's private folder (sudo).
            var reader = ClangProcess.Start(_clang, _arguments, UnprivilegedProcess.ReadSearchCapability);
            outcome = await FinishAsync(reader, prelude, kernelHeader, source, cancellationToken).ConfigureAwait(false);
        }

        return outcome;
    }

    private static bool IsAboutAccess(SourceDiagnostic error) =>
        error.Message.Contains("file not found", StringComparison.Ordinal) || error.Message.Contains("Permission denied", StringComparison.Ordinal);

    private async Task<Outcome> FinishAsync(ClangProcess clang, string prelude, ReadOnlyMemory<byte> kernelHeader, byte[] source, CancellationToken cancellationToken)
    {
        using var running = clang;
        var (image, status, text) = await running.FinishAsync(prelude, kernelHeader, source, _options.Timeout, cancellationToken).ConfigureAwait(false);
        var diagnostics = DiagnosticParser.Parse(text, Rename, LineOf);
        if (image is not null)
        {
            return new Outcome(ObjectPolish.Finish(image, "./" + ClangProcess.SourceName, _options.Name), diagnostics);
        }

        return diagnostics.Any(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            ? new Outcome(null, diagnostics)
            : new Outcome(null, [.. diagnostics, new SourceDiagnostic(_options.Name, 0, 0, DiagnosticSeverity.Error, $"clang ended with status {status}: {text.TrimEnd().Split('\n')[^1]}", null)]);
    }

    private string Rename(string file)
    {
        const string ours = "include/";
        var plain = file.StartsWith("./", StringComparison.Ordinal) ? file[2..] : file;
        return plain == ClangProcess.SourceName ? _options.Name : plain.StartsWith(ours, StringComparison.Ordinal) ? plain[ours.Length..] : plain;
    }

    private string? LineOf(string file, int line)
    {
        if (line <= 0)
        {
            return null;
        }

        try
        {
            var text = file == _options.Name ? _source : File.Exists(file) ? File.ReadAllText(file) : "";
            var lines = text.Split('\n');
            return line <= lines.Length ? lines[line - 1].TrimEnd('\r') : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

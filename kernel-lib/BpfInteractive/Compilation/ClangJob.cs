using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>One run of clang over one source with one vmlinux.h, in a folder of its own.</summary>
internal sealed class ClangJob
{
    private const string SourceFile = "source.bpf.c";

    private readonly Clang _clang;
    private readonly CompilerOptions _options;
    private readonly string _source;
    private readonly string _systemHeaders;

    internal ClangJob(Clang clang, CompilerOptions options, string source, string systemHeaders)
    {
        _clang = clang;
        _options = options;
        _source = source;
        _systemHeaders = systemHeaders;
    }

    /// <summary>What a run gave: an object, or none.</summary>
    internal readonly record struct Outcome(byte[]? Object, IReadOnlyList<SourceDiagnostic> Diagnostics)
    {
        internal IEnumerable<SourceDiagnostic> Errors => Diagnostics.Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
    }

    /// <param name="prelude">What is included before the source's first line.</param>
    /// <param name="kernelHeader">The contents of vmlinux.h; empty for a source that does without.</param>
    /// <param name="epilogue">What stands behind the source's last line.</param>
    /// <param name="cancellationToken">Stops clang.</param>
    internal async Task<Outcome> RunAsync(string prelude, ReadOnlyMemory<byte> kernelHeader, string epilogue, CancellationToken cancellationToken)
    {
        using var folder = new PrivateFolder();
        var include = folder["include"];
        HelperHeaders.WriteTo(include);
        File.WriteAllText(Path.Combine(include, "bpfi_prelude.h"), prelude);
        using (var header = File.OpenHandle(Path.Combine(include, "vmlinux.h"), FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(header, kernelHeader.Span, 0);
        }

        // For glibc's own headers, which take the BPF target for a 32-bit one (gnu/stubs.h).
        Directory.CreateDirectory(folder["late/gnu"]);
        File.WriteAllText(folder["late/gnu/stubs-32.h"], "");
        File.WriteAllText(folder[SourceFile], _source + epilogue);

        var arguments = Arguments(folder);
        var outcome = await RunAsync(folder, arguments, keptCapability: null, cancellationToken).ConfigureAwait(false);
        if (outcome.Object is null && Environment.IsPrivilegedProcess && outcome.Errors.Any(static error => error.Message.Contains("file not found", StringComparison.Ordinal) || error.Message.Contains("Permission denied", StringComparison.Ordinal)))
        {
            // Root's own headers may lie in a user's private folder (sudo).
            outcome = await RunAsync(folder, arguments, UnprivilegedProcess.ReadSearchCapability, cancellationToken).ConfigureAwait(false);
        }

        return outcome;
    }

    private async Task<Outcome> RunAsync(PrivateFolder folder, List<string> arguments, int? keptCapability, CancellationToken cancellationToken)
    {
        var (status, text) = await UnprivilegedProcess.RunAsync(_clang.Path, arguments, folder.Path, keptCapability, _options.Timeout, cancellationToken).ConfigureAwait(false);
        var diagnostics = DiagnosticParser.Parse(text, file => file == folder[SourceFile] ? _options.Name : Shorten(file, folder), LineOf);
        var image = folder["out.o"];
        if (status == 0 && File.Exists(image))
        {
            return new Outcome(ElfTrimmer.WithoutDwarf(await File.ReadAllBytesAsync(image, cancellationToken).ConfigureAwait(false), _options.Name), diagnostics);
        }

        return diagnostics.Any(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            ? new Outcome(null, diagnostics)
            : new Outcome(null, [.. diagnostics, new SourceDiagnostic(_options.Name, 0, 0, DiagnosticSeverity.Error, $"clang ended with status {status}: {LastLine(text)}", null)]);
    }

    private List<string> Arguments(PrivateFolder folder)
    {
        var arguments = new List<string>
        {
            "-target", "bpf", "-mcpu=v3", "-O2",
            // The source's text goes into the object's line information, where the verifier finds it; the DWARF itself is taken out again.
            "-gdwarf-5", "-gembed-source", "-fdebug-compilation-dir=", $"-ffile-prefix-map={folder[SourceFile]}={_options.Name}", $"-ffile-prefix-map={folder["include"]}/=",
            "-fno-color-diagnostics", "-fno-caret-diagnostics", "-fmessage-length=0", "-ferror-limit=100",
            "-Wno-unknown-warning-option", "-Wno-compare-distinct-pointer-types", "-Wno-address-of-packed-member", "-Wno-gnu-variable-sized-type-not-at-end", "-Wno-missing-declarations",
            $"-D__TARGET_ARCH_{Architecture}",
        };
        arguments.AddRange(_options.Defines.Select(static define => "-D" + define));
        if (_options.SourceDirectory is { } directory)
        {
            arguments.AddRange(["-iquote", directory]);
        }

        arguments.AddRange(["-I", folder["include"]]);
        arguments.AddRange(_options.IncludeDirectories.SelectMany(static path => new[] { "-I", Path.GetFullPath(path) }));
        arguments.AddRange(["-idirafter", _systemHeaders, "-idirafter", $"{_systemHeaders}/{MultiArch}", "-idirafter", $"/usr/include/{MultiArch}", "-idirafter", folder["late"]]);
        arguments.AddRange(["-include", "bpfi_prelude.h", "-c", folder[SourceFile], "-o", folder["out.o"]]);
        return arguments;
    }

    private static string Architecture => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "x86";

    private static string MultiArch => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";

    private static string Shorten(string file, PrivateFolder folder) => file.StartsWith(folder["include"] + "/", StringComparison.Ordinal) ? file[(folder["include"].Length + 1)..] : file;

    private static string LastLine(string text) => text.TrimEnd().Split('\n')[^1];

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

using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace BpfInteractive;

/// <summary>
/// Compiles BPF programs from C with the system's clang, for the running kernel. A source needs no <c>#include</c>: the kernel's types (vmlinux.h, made
/// from BTF) and libbpf's helper headers are there before its first line, and what newer libbpf versions have and this one lacks is added. A source may
/// include all of them itself; one that includes the kernel's user-space headers (<c>linux/bpf.h</c>) gets those and no vmlinux.h.
/// </summary>
/// <remarks>clang runs without our capabilities, without a shell, in a private folder. Thread-safe.</remarks>
public static partial class BpfCompiler
{
    private const int MaxAttempts = 4;

    /// <summary>Compiles a source text.</summary>
    /// <param name="source">The C text.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Stops clang; none falls back to the current <see cref="BpfScope"/>'s.</param>
    /// <returns>The object and clang's warnings. The same text again comes from a cache in under 5 ms.</returns>
    /// <exception cref="CompilationException">clang refused the source.</exception>
    /// <exception cref="UnsupportedFeatureException">clang, libbpf's headers or the kernel's BTF is missing; the message names the package.</exception>
    public static Task<CompiledObject> CompileAsync(string source, CompilerOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var token = BpfScope.TokenOr(cancellationToken);
        return Task.Run(() => CompileCachedAsync(source, options ?? CompilerOptions.Default, token), token);
    }

    /// <summary>Compiles a source file; its own folder is searched for its quoted includes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How; null for the defaults. The name is the path as given, unless it is set.</param>
    /// <param name="cancellationToken">Stops clang; none falls back to the current <see cref="BpfScope"/>'s.</param>
    /// <returns>The object and clang's warnings.</returns>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    /// <exception cref="CompilationException">clang refused the source.</exception>
    /// <exception cref="UnsupportedFeatureException">clang, libbpf's headers or the kernel's BTF is missing; the message names the package.</exception>
    public static async Task<CompiledObject> CompileFileAsync(string path, CompilerOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= CompilerOptions.Default;
        var source = await ReadSourceAsync(path, BpfScope.TokenOr(cancellationToken)).ConfigureAwait(false);
        var named = options with
        {
            Name = options.Name == CompilerOptions.Default.Name ? path : options.Name,
            SourceDirectory = Path.GetDirectoryName(Path.GetFullPath(path)),
        };
        return await CompileAsync(source, named, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Keeps a clang waiting for the next source from the next compilation on, which halves the time of a small one: for sessions in which a person
    /// compiles again and again. It costs a sleeping process (40 MB) and a folder in the temporary one, both gone when the result is disposed.
    /// </summary>
    /// <returns>Ends it when disposed (by the last of several).</returns>
    public static IDisposable KeepWarm() => WarmClang.KeepWarm();

    private static async Task<string> ReadSourceAsync(string path, CancellationToken cancellationToken)
    {
        const long largest = 64 << 20;
        try
        {
            return new FileInfo(path).Length <= largest
                ? await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false)
                : throw new BpfException("read", $"source file '{path}'", detail: $"it has more than {largest} bytes");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var reason = error switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is no such file",
                UnauthorizedAccessException => "it is a directory, or this process may not read it",
                _ => error.Message,
            };
            throw new BpfException("read", $"source file '{path}'", detail: reason, innerException: error);
        }
    }

    private static async Task<CompiledObject> CompileCachedAsync(string source, CompilerOptions options, CancellationToken cancellationToken)
    {
        var compilation = Compilation.Prepare(source, options);
        if (options.UseCache && CompileCache.TryGet(compilation.Key, source, options.Name) is { } known)
        {
            return known;
        }

        var outcome = await CompileAsync(compilation, compilation.Epilogue, cancellationToken).ConfigureAwait(false);
        if (outcome.Object is null && compilation.Epilogue.Length > 0)
        {
            // What stands behind a source that lacks a brace draws findings of its own.
            outcome = await CompileAsync(compilation, "", cancellationToken).ConfigureAwait(false);
        }

        compilation.Job.StartNext();
        var compiled = new CompiledObject(outcome.Object ?? throw new CompilationException(options.Name, outcome.Diagnostics), outcome.Diagnostics, options.Name, source);
        if (options.UseCache)
        {
            CompileCache.Add(compilation.Key, compiled);
        }

        return compiled;
    }

    /// <summary>
    /// The small header first. Where clang then misses something the kernel has, it is added and clang asked again; where the source defines a name of the
    /// kernel's itself, the kernel's is renamed; and the whole header has the last word, so that the result is never worse than with it alone.
    /// </summary>
    private static async Task<ClangJob.Outcome> CompileAsync(Compilation compilation, string epilogue, CancellationToken cancellationToken)
    {
        var job = compilation.Job;
        if (!compilation.WantsKernelTypes)
        {
            return await job.RunAsync(job.Start(), compilation.Prelude, default, epilogue, cancellationToken).ConfigureAwait(false);
        }

        var kernel = compilation.Kernel;
        var more = new HashSet<string>(StringComparer.Ordinal);
        var taken = new HashSet<string>(compilation.Scan.Taken, StringComparer.Ordinal);
        var isWhole = compilation.Options.FullKernelHeader;
        ClangJob.Outcome outcome = default;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var clang = job.Start();
            var header = isWhole ? WholeHeader(kernel, taken) : SmallHeader(kernel, compilation.Scan, more, taken);
            outcome = await job.RunAsync(clang, compilation.Prelude, header, epilogue, cancellationToken).ConfigureAwait(false);
            if (outcome.Object is not null)
            {
                return outcome;
            }

            var clashes = outcome.Errors.Select(NameOfClash).OfType<string>().Where(name => KernelTypeSelection.Knows(kernel, name) && taken.Add(name)).Count();
            var missing = isWhole ? 0 : outcome.Errors.Concat(outcome.Errors.SelectMany(static error => error.Notes))
                .SelectMany(static error => NamesOfMissing(error)).Where(name => KernelTypeSelection.Knows(kernel, name)).Distinct().Count(more.Add);
            if (clashes + missing == 0)
            {
                return outcome;
            }

            isWhole |= missing > 0 && attempt >= 1;
        }

        return outcome;
    }

    private static readonly ConcurrentDictionary<string, byte[]> s_wholeHeaders = new(StringComparer.Ordinal);

    private static byte[] WholeHeader(KernelTypes kernel, HashSet<string> taken) => taken.Count == 0
        ? s_wholeHeaders.GetOrAdd(kernel.Identity, _ => KernelHeader.WriteAll(kernel))
        : KernelHeader.WriteAll(kernel, taken);

    private static byte[] SmallHeader(KernelTypes kernel, SourceScan scan, HashSet<string> more, HashSet<string> taken)
    {
        var selection = KernelTypeSelection.Choose(kernel, scan, more);
        return KernelHeader.Write(kernel, selection.Types, selection.Functions, taken);
    }

    /// <summary>The name that both the source and the kernel define.</summary>
    private static string? NameOfClash(SourceDiagnostic error)
    {
        if (!Clash().IsMatch(error.Message))
        {
            return null;
        }

        // A finding about typedefs does not say which; it stands at the name.
        var rest = error.SourceLine is { } line && error.Column > 0 && error.Column <= line.Length ? line[(error.Column - 1)..] : "";
        return Quoted().Match(error.Message) is { Success: true } quoted && !error.Message.StartsWith("typedef", StringComparison.Ordinal)
            ? quoted.Groups["name"].Value
            : Word().Match(rest).Value;
    }

    /// <summary>The names in a finding that a larger header might know.</summary>
    private static IEnumerable<string> NamesOfMissing(SourceDiagnostic error) => Missing().IsMatch(error.Message)
        ? Quoted().Matches(error.Message).Select(static match => match.Groups["name"].Value)
        : [];

    [GeneratedRegex("^(?:redefinition of|conflicting types for|typedef redefinition|use of '.*' with tag type|definition of type '.*' conflicts)", RegexOptions.CultureInvariant)]
    private static partial Regex Clash();

    [GeneratedRegex("incomplete|unknown type name|undeclared|forward declaration|undefined type|member reference base type|not a pointer", RegexOptions.CultureInvariant)]
    private static partial Regex Missing();

    [GeneratedRegex(@"^\w*", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"'(?:const |volatile |struct |union |enum )*(?<name>\w+)[ *]*(?:'|\[)", RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();
}

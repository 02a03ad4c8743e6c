namespace BpfInteractive;

/// <summary>The front door: from C text, a C file or an object file to programs in the kernel.</summary>
public static class Bpf
{
    /// <summary>Compiles a C text and loads it. clang's warnings go to <see cref="BpfScope.Current"/>'s messages.</summary>
    /// <param name="source">The C text; vmlinux.h and the BPF helpers' headers are included already.</param>
    /// <param name="configure">Sets globals, map sizes and what else is legal only before load; null for nothing.</param>
    /// <param name="options">How to compile; null for the defaults.</param>
    /// <param name="cancellationToken">Stops clang; none falls back to the current scope's.</param>
    /// <returns>The loaded object; nothing is attached yet.</returns>
    /// <exception cref="CompilationException">clang refused the source.</exception>
    /// <exception cref="VerifierException">The kernel's verifier refused a program.</exception>
    /// <exception cref="LoadException">The kernel or libbpf refused for another reason.</exception>
    public static async Task<BpfObject> LoadAsync(
        string source, Action<OpenBpfObject>? configure = null, CompilerOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var open = await OpenAsync(source, options, cancellationToken).ConfigureAwait(false);
        return await LoadAsync(open, configure, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Loads a file: C source (.c) is compiled first, anything else is taken for an object.</summary>
    /// <param name="path">The file.</param>
    /// <param name="configure">Sets globals, map sizes and what else is legal only before load; null for nothing.</param>
    /// <param name="options">How to compile; null for the defaults.</param>
    /// <param name="cancellationToken">Stops clang; none falls back to the current scope's.</param>
    /// <returns>The loaded object; nothing is attached yet.</returns>
    /// <exception cref="CompilationException">clang refused the source.</exception>
    /// <exception cref="VerifierException">The kernel's verifier refused a program.</exception>
    /// <exception cref="LoadException">The kernel or libbpf refused for another reason.</exception>
    public static async Task<BpfObject> LoadFileAsync(
        string path, Action<OpenBpfObject>? configure = null, CompilerOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var open = IsSource(path)
            ? Open(await BpfCompiler.CompileFileAsync(path, options, cancellationToken).ConfigureAwait(false))
            : OpenFile(path);
        return await LoadAsync(open, configure, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Compiles a C text.</summary>
    /// <param name="source">The C text; vmlinux.h and the BPF helpers' headers are included already.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Stops clang; none falls back to the current scope's.</param>
    /// <returns>The object and clang's warnings.</returns>
    /// <exception cref="CompilationException">clang refused the source.</exception>
    public static Task<CompiledObject> CompileAsync(string source, CompilerOptions? options = null, CancellationToken cancellationToken = default) =>
        BpfCompiler.CompileAsync(source, options, cancellationToken);

    /// <summary>Compiles a C text and opens it, so that its knobs can be set before <see cref="OpenBpfObject.LoadAsync"/>.</summary>
    /// <param name="source">The C text; vmlinux.h and the BPF helpers' headers are included already.</param>
    /// <param name="options">How to compile; null for the defaults.</param>
    /// <param name="cancellationToken">Stops clang; none falls back to the current scope's.</param>
    /// <returns>The opened object; nothing is in the kernel yet.</returns>
    /// <exception cref="CompilationException">clang refused the source.</exception>
    public static async Task<OpenBpfObject> OpenAsync(string source, CompilerOptions? options = null, CancellationToken cancellationToken = default) =>
        Open(await BpfCompiler.CompileAsync(source, options, cancellationToken).ConfigureAwait(false));

    /// <summary>Opens what was compiled. clang's warnings go to <see cref="BpfScope.Current"/>'s messages.</summary>
    /// <param name="compiled">The object.</param>
    /// <param name="options">What must be known when it is opened, or null.</param>
    /// <returns>The opened object; nothing is in the kernel yet.</returns>
    /// <exception cref="LoadException">libbpf refuses it.</exception>
    public static OpenBpfObject Open(CompiledObject compiled, OpenObjectOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(compiled);
        foreach (var diagnostic in compiled.Diagnostics)
        {
            BpfScope.Current.Report(diagnostic.ToString());
        }

        return OpenBpfObject.Open(compiled.Object, OpenBpfObject.NameOf(compiled.SourceName), options);
    }

    /// <summary>Opens an object file that clang made.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What must be known when it is opened, or null.</param>
    /// <returns>The opened object; nothing is in the kernel yet.</returns>
    /// <exception cref="ObjectFormatException">It is no BPF object, or damaged.</exception>
    /// <exception cref="LoadException">libbpf refuses it.</exception>
    public static OpenBpfObject OpenFile(string path, OpenObjectOptions? options = null) => OpenBpfObject.OpenFile(path, options);

    private static async Task<BpfObject> LoadAsync(OpenBpfObject open, Action<OpenBpfObject>? configure, CancellationToken cancellationToken)
    {
        configure?.Invoke(open);
        return await open.LoadAsync(cancellationToken).ConfigureAwait(false);
    }

    private static bool IsSource(string path) => Path.GetExtension(path) is ".c" or ".C" or ".h";
}

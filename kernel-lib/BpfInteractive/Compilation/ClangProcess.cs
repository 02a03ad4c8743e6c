using System.Globalization;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// A clang in a folder of its own that waits for a source on its standard input. Loading LLVM takes half of a small compilation: this half can be over
/// before the source is known.
/// </summary>
internal sealed class ClangProcess : IDisposable
{
    /// <summary>What clang calls a source from its standard input.</summary>
    internal const string SourceName = "<stdin>";

    internal const string PreludeFile = "include/bpfi_prelude.h";
    internal const string KernelHeaderFile = "include/vmlinux.h";
    private const string ObjectFileName = "out.o";

    private readonly PrivateFolder _folder = new();
    private readonly UnprivilegedProcess _process;

    private ClangProcess(Clang clang, IReadOnlyList<string> arguments, int? keptCapability)
    {
        try
        {
            HelperHeaders.WriteTo(_folder["include"]);

            // For glibc's own headers, which take the BPF target for a 32-bit one (gnu/stubs.h).
            Directory.CreateDirectory(_folder["late/gnu"]);
            File.WriteAllText(_folder["late/gnu/stubs-32.h"], "");
            _process = UnprivilegedProcess.Start(clang.Path, arguments, _folder.Path, keptCapability);
        }
        catch
        {
            _folder.Dispose();
            throw;
        }
    }

    internal bool IsAlive => _process.IsAlive;

    internal static ClangProcess Start(Clang clang, IReadOnlyList<string> arguments, int? keptCapability) => new(clang, arguments, keptCapability);

    /// <summary>clang's arguments: nothing of the source is in them, so that one process can wait for any.</summary>
    internal static List<string> Arguments(CompilerOptions options, string systemHeaders)
    {
        var arguments = new List<string>
        {
            "-target", "bpf", "-mcpu=v3", "-O2",
            // The source's text goes into the object's line information, where the verifier finds it; the DWARF itself is taken out again.
            "-gdwarf-5", "-gembed-source", "-fdebug-compilation-dir=.", "-ffile-prefix-map=include/=",
            "-fno-color-diagnostics", "-fno-caret-diagnostics", "-fmessage-length=0", "-ferror-limit=100",
            "-Wno-unknown-warning-option", "-Wno-compare-distinct-pointer-types", "-Wno-address-of-packed-member", "-Wno-gnu-variable-sized-type-not-at-end", "-Wno-missing-declarations",
            "-D__TARGET_ARCH_" + (IsArm ? "arm64" : "x86"),
        };
        arguments.AddRange(options.Defines.Select(static define => "-D" + define));
        if (options.SourceDirectory is { } directory)
        {
            arguments.AddRange(["-iquote", directory]);
        }

        var multiArch = IsArm ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
        arguments.AddRange(["-I", "include"]);
        arguments.AddRange(options.IncludeDirectories.SelectMany(static path => new[] { "-I", Path.GetFullPath(path) }));
        arguments.AddRange(["-idirafter", systemHeaders, "-idirafter", $"{systemHeaders}/{multiArch}", "-idirafter", $"/usr/include/{multiArch}", "-idirafter", "late"]);
        arguments.AddRange(["-include", "bpfi_prelude.h", "-x", "c", "-c", "-", "-o", ObjectFileName]);
        return arguments;
    }

    /// <summary>The arguments for asking what could stand at a place; clang prints the names, and makes nothing.</summary>
    internal static List<string> CompletionArguments(CompilerOptions options, string systemHeaders, int line, int column)
    {
        var arguments = Arguments(options, systemHeaders);
        arguments.RemoveAll(static argument => argument is "-c" or "-o" or ObjectFileName || argument.StartsWith("-g", StringComparison.Ordinal));
        return ["-fsyntax-only", "-w", "-Xclang", "-code-completion-macros", "-Xclang", string.Create(CultureInfo.InvariantCulture, $"-code-completion-at=-:{line}:{column}"), .. arguments];
    }

    /// <summary>Gives clang its files and its source, and waits for what it prints.</summary>
    internal async Task<string> PrintAsync(string prelude, ReadOnlyMemory<byte> kernelHeader, byte[] source, TimeSpan timeout, CancellationToken cancellationToken)
    {
        WriteHeaders(prelude, kernelHeader);
        return (await _process.FinishWithOutputAsync(source, timeout, cancellationToken).ConfigureAwait(false)).Output;
    }

    /// <summary>Gives clang its files and its source, and waits.</summary>
    /// <returns>The object file as clang wrote it, or null; and clang's words.</returns>
    internal async Task<(byte[]? Object, int Status, string Text)> FinishAsync(string prelude, ReadOnlyMemory<byte> kernelHeader, byte[] source, TimeSpan timeout, CancellationToken cancellationToken)
    {
        WriteHeaders(prelude, kernelHeader);
        var (status, text) = await _process.FinishAsync(source, timeout, cancellationToken).ConfigureAwait(false);
        var image = _folder[ObjectFileName];
        return (status == 0 && File.Exists(image) ? await File.ReadAllBytesAsync(image, cancellationToken).ConfigureAwait(false) : null, status, text);
    }

    public void Dispose()
    {
        _process.Dispose();
        _folder.Dispose();
    }

    /// <summary>In time: clang reads all of its input before it opens any other file.</summary>
    private void WriteHeaders(string prelude, ReadOnlyMemory<byte> kernelHeader)
    {
        File.WriteAllText(_folder[PreludeFile], prelude);
        using var header = File.OpenHandle(_folder[KernelHeaderFile], FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(header, kernelHeader.Span, 0);
    }

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
}

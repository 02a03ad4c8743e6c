using System.Security.Cryptography;
using System.Text;

namespace BpfInteractive;

/// <summary>A source looked through: what it includes, what it needs, and the key of its result in the cache.</summary>
internal sealed class Compilation
{
    /// <summary>Raise it when the same inputs give another object.</summary>
    private const string Schema = "bpfi 1";

    // What a source includes that cannot stand beside vmlinux.h: the same types once more.
    private static readonly string[] UserSpaceFolders = ["linux/", "asm/", "asm-generic/", "uapi/", "sys/", "net/", "netinet/", "arpa/"];
    private static readonly string[] UserSpaceHeaders = ["stdint.h", "inttypes.h", "stdlib.h", "stdio.h", "string.h", "errno.h", "time.h", "unistd.h"];

    private Compilation(string source, CompilerOptions options, SourceScan scan, Clang clang, string systemHeaders, string helpersIdentity)
    {
        Options = options;
        Scan = scan;
        var includesKernel = scan.OtherIncludes.Any(static name => Path.GetFileName(name) == "vmlinux.h");
        WantsKernelTypes = includesKernel || !scan.OtherIncludes.Any(IsUserSpace);
        Kernel = !WantsKernelTypes ? null! : options.KernelTypes is null ? KernelTypes.Running : new KernelTypes(options.KernelTypes);
        Prelude = MakePrelude(scan, includesKernel, options);
        Epilogue = MakeEpilogue(scan);
        Job = new ClangJob(clang, options, source, systemHeaders);
        Key = MakeKey(source, clang, helpersIdentity);
    }

    internal CompilerOptions Options { get; }

    internal SourceScan Scan { get; }

    /// <summary>Whether there is a vmlinux.h; not for sources on the kernel's user-space headers.</summary>
    internal bool WantsKernelTypes { get; }

    internal KernelTypes Kernel { get; }

    internal string Prelude { get; }

    /// <summary>What stands behind the last line.</summary>
    internal string Epilogue { get; }

    internal ClangJob Job { get; }

    internal string Key { get; }

    internal static Compilation Prepare(string source, CompilerOptions options)
    {
        var clang = Clang.Find();
        var folders = options.IncludeDirectories.Select(Path.GetFullPath).ToArray();
        var scan = SourceScan.Of(Encoding.UTF8.GetBytes(source), options.SourceDirectory, folders);
        var system = HelperHeaders.FindSystem(out var identity);
        if (system is null && !folders.Any(static folder => File.Exists(Path.Combine(folder, "bpf/bpf_helpers.h"))))
        {
            throw HelperHeaders.Missing();
        }

        return new Compilation(source, options, scan, clang, system ?? "/usr/include", identity);
    }

    private static bool IsUserSpace(string include) =>
        UserSpaceHeaders.Contains(include) || UserSpaceFolders.Any(folder => include.StartsWith(folder, StringComparison.Ordinal));

    /// <summary>What stands before the first line. A source that includes vmlinux.h and the helpers is left alone, so that its own macros come first.</summary>
    private string MakePrelude(SourceScan scan, bool includesKernel, CompilerOptions options)
    {
        var text = new StringBuilder("#pragma clang system_header\n");
        if (options.License is { } license && !scan.StatesLicense)
        {
            text.Append("const char _bpfi_license[] __attribute__((section(\"license\"), used)) = \"").Append(license.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append("\";\n");
        }

        if (WantsKernelTypes && !(includesKernel && Includes(scan, "bpf_helpers.h")))
        {
            text.Append("#include <vmlinux.h>\n#include <bpf/bpf_helpers.h>\n#include <bpf/bpf_core_read.h>\n#include <bpf/bpf_tracing.h>\n#include <bpf/bpf_endian.h>\n");
            if (scan.Identifiers.Contains("BPF_USDT"u8) || scan.Identifiers.Contains("bpf_usdt_arg"u8))
            {
                text.Append("#include <bpf/usdt.bpf.h>\n");
            }

            if (scan.Identifiers.Contains("BPFI_RING"u8) || scan.Identifiers.Contains("BPFI_RING_DROPS"u8))
            {
                text.Append("#include <bpfi/ring.bpf.h>\n");
            }
        }

        return text.ToString();
    }

    /// <summary>
    /// clang leaves a struct out of BTF that only local variables point to, which is what the event of a ring buffer is. A pointer to each in a
    /// section of its own, which loaders skip, keeps the source's types readable.
    /// </summary>
    private static string MakeEpilogue(SourceScan scan)
    {
        const int most = 200;
        var text = new StringBuilder();
        var types = scan.DefinedTags.Where(static tag => tag.Value != "enum").Select(static tag => $"{tag.Value} {tag.Key}").Concat(scan.DefinedTypedefs);
        foreach (var type in types.Where(static type => !type.Contains("___", StringComparison.Ordinal)).Take(most))
        {
            text.Append(text.Length == 0 ? "\n# 1 \"<types>\"\n" : "");
            text.Append($"__attribute__((section(\".bpfi.types\"), used)) static {type} *__bpfi_type_{type.Replace(' ', '_')};\n");
        }

        return text.ToString();
    }

    private static bool Includes(SourceScan scan, string file) =>
        scan.OtherIncludes.Any(name => Path.GetFileName(name) == file) || scan.Headers.Keys.Any(path => Path.GetFileName(path) == file);

    private string MakeKey(string source, Clang clang, string helpersIdentity)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        void AddText(string text) => Add(Encoding.UTF8.GetBytes(text));

        AddText(Schema);
        AddText(typeof(Compilation).Assembly.ManifestModule.ModuleVersionId.ToString());
        AddText(source);
        AddText(Options.Name);
        AddText(Options.SourceDirectory ?? "");
        AddText(Options.License ?? "none");
        AddText(string.Join('\0', Options.IncludeDirectories.Select(Path.GetFullPath)));
        AddText(string.Join('\0', Options.Defines));
        AddText(Options.FullKernelHeader ? "full" : "small");
        AddText(clang.Identity);
        AddText(helpersIdentity);
        AddText(WantsKernelTypes ? Kernel.Identity : "no kernel types");
        foreach (var (path, bytes) in Scan.Headers.OrderBy(static header => header.Key, StringComparer.Ordinal))
        {
            AddText(path);
            Add(bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}

using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Libraries and programs in user space. Children get a clean environment and no input.</summary>
internal static partial class ToolProbes
{
    private const int OldestClang = 14;
    private const int NewestClang = 25;

    // What newer libbpf versions brought; this library does without each by bpf(2) of its own.
    private static readonly (string Symbol, string Version)[] LibBpfLandmarks =
    [
        ("bpf_program__attach_ksyscall", "1.0"),
        ("bpf_map__set_autoattach", "1.5"),
        ("bpf_program__attach_uprobe_multi", "1.3"),
        ("bpf_program__attach_tcx", "1.3"),
        ("bpf_program__attach_netfilter", "1.3"),
        ("bpf_object__token_fd", "1.5"),
    ];

    internal static IEnumerable<FeatureProbe> All =>
    [
        new("libbpf", FeatureCategory.Tools, "loads objects", LibBpfVersion) { Since = "libbpf 1.1" },
        new("libbpf/newer", FeatureCategory.Tools, "functions of newer versions; the library has its own", NewerLibBpf) { Optional = true },
        new("clang", FeatureCategory.Tools, "compiles what you write; built-in programs need none", Clang) { Since = "clang 14" },
        new("libbpf headers", FeatureCategory.Tools, "bpf_helpers.h and its like, for what you write", Headers),
        new("libdw", FeatureCategory.Tools, "source lines and inlined functions in stacks", LibDw) { Optional = true },
        new("bpftool", FeatureCategory.Tools, "looking at what is loaded; not needed", BpfTool) { Optional = true },
    ];

    private static ProbeAnswer LibBpfVersion()
    {
        if (!NativeLibraries.TryLoadLibBpf(out _))
        {
            return ProbeAnswer.No("libbpf.so.1 is not installed", "apt-get install libbpf1 (Debian, Ubuntu); dnf install libbpf (Fedora)");
        }

        var (major, minor) = (LibBpf.libbpf_major_version(), LibBpf.libbpf_minor_version());
        return major > 1 || (major == 1 && minor >= 1)
            ? ProbeAnswer.Yes($"{major}.{minor}")
            : ProbeAnswer.No($"libbpf {major}.{minor} is older than 1.1", "install a newer libbpf1");
    }

    private static ProbeAnswer NewerLibBpf()
    {
        if (!NativeLibraries.TryLoadLibBpf(out var library))
        {
            return ProbeAnswer.No("libbpf.so.1 is not installed");
        }

        var missing = LibBpfLandmarks.Where(landmark => !NativeLibrary.TryGetExport(library, landmark.Symbol, out _)).ToArray();
        return missing.Length == 0
            ? ProbeAnswer.Yes()
            : ProbeAnswer.No("not in this libbpf: " + string.Join(", ", missing.Select(landmark => $"{landmark.Symbol} ({landmark.Version})")));
    }

    private static ProbeAnswer Clang()
    {
        foreach (var name in ClangNames())
        {
            if (Run(name, "--version") is { } text && ClangVersion().Match(text) is { Success: true } version)
            {
                return int.Parse(version.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) >= OldestClang
                    ? ProbeAnswer.Yes($"{version.Groups[0].Value["version ".Length..]} ({name})")
                    : ProbeAnswer.No($"{name} is {version.Value}, older than {OldestClang}", "apt-get install clang-19");
            }
        }

        return ProbeAnswer.No("no clang is in PATH", "apt-get install clang-19 (or clang), dnf install clang");
    }

    private static IEnumerable<string> ClangNames() =>
        [.. Enumerable.Range(OldestClang, NewestClang - OldestClang + 1).Reverse().Select(version => $"clang-{version}").Where(InPath), .. InPath("clang") ? ["clang"] : Array.Empty<string>()];

    private static ProbeAnswer Headers() => File.Exists("/usr/include/bpf/bpf_helpers.h")
        ? ProbeAnswer.Yes("/usr/include/bpf")
        : ProbeAnswer.No("/usr/include/bpf/bpf_helpers.h is missing", "apt-get install libbpf-dev (Debian, Ubuntu); dnf install libbpf-devel (Fedora)");

    private static ProbeAnswer LibDw()
    {
        if (!NativeLibrary.TryLoad("libdw.so.1", out var library))
        {
            return ProbeAnswer.No("libdw.so.1 is not installed", "apt-get install libdw1 (Debian, Ubuntu); dnf install elfutils-libs (Fedora)");
        }

        NativeLibrary.Free(library);
        return ProbeAnswer.Yes();
    }

    private static ProbeAnswer BpfTool()
    {
        var path = new[] { "bpftool", "/usr/sbin/bpftool", "/sbin/bpftool" }.FirstOrDefault(name => InPath(name) || File.Exists(name));
        return path is not null && Run(path, "version") is { } text
            ? ProbeAnswer.Yes(text.Split('\n')[0].Trim())
            : ProbeAnswer.No("not installed", "apt-get install bpftool");
    }

    private static bool InPath(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, name)));

    private static string? Run(string program, string argument)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [argument])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            });
            if (process is null)
            {
                return null;
            }

            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            _ = errors.Result;
            return output;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    [GeneratedRegex(@"version (\d+)(\.\d+)*")]
    private static partial Regex ClangVersion();
}

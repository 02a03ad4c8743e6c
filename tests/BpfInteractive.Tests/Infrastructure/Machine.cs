using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace BpfInteractive.Tests.Infrastructure;

/// <summary>What the tests read off this machine by themselves, apart from the library under test.</summary>
public static partial class Machine
{
    public const int CapNetAdmin = 12;
    public const int CapSysPtrace = 19;
    public const int CapSysAdmin = 21;
    public const int CapPerfMon = 38;
    public const int CapBpf = 39;

    private static readonly Lazy<byte[]> s_kernelBtf = new(() => File.ReadAllBytes("/sys/kernel/btf/vmlinux"));

    /// <summary>uname -r.</summary>
    public static string KernelRelease { get; } = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    /// <summary>The first two numbers of the release.</summary>
    public static Version KernelVersion { get; } = ParseVersion(KernelRelease);

    /// <summary>The effective capabilities of this process, one bit each.</summary>
    public static ulong EffectiveCapabilities { get; } = ReadCapabilities();

    /// <summary>The folder of the solution, found from the test's own folder upwards.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>The command line bpfi, from the same build as these tests.</summary>
    public static string Bpfi { get; } = Path.Combine(RepositoryRoot, "kernel-lib", "BpfInteractive.Cli", "bin", Configuration, "net10.0", "bpfi");

    /// <summary>The SDK's command line: that which runs these tests, else DOTNET_ROOT's, else the one on the search path.</summary>
    public static string Dotnet { get; } = new[]
    {
        Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : null,
        Path.Combine(Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "/usr/lib/dotnet", "dotnet"),
    }.FirstOrDefault(File.Exists) ?? "dotnet";

    public static bool HasCapability(int capability) => ((EffectiveCapabilities >> capability) & 1) != 0;

    /// <summary>The clang that the tests compile with: BPFI_CLANG, else the newest that is there.</summary>
    public static string Clang { get; } = Environment.GetEnvironmentVariable("BPFI_CLANG")
        ?? Enumerable.Range(14, 9).Reverse().Select(version => string.Create(CultureInfo.InvariantCulture, $"clang-{version}")).FirstOrDefault(name => FindOnPath(name) is not null)
        ?? "clang";

    /// <summary>The full path of a program, or null.</summary>
    public static string? FindOnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Whether the kernel's BTF has this string at all: enough to tell whether a type, member or function is known.</summary>
    public static bool KernelBtfNames(string name) =>
        File.Exists("/sys/kernel/btf/vmlinux") && s_kernelBtf.Value.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"\0{name}\0")) >= 0;

    private static string Configuration =>
        typeof(Machine).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    private static Version ParseVersion(string release)
    {
        var match = LeadingNumbers().Match(release);
        return new Version(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    private static ulong ReadCapabilities()
    {
        var line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("CapEff:", StringComparison.Ordinal));
        return ulong.Parse(line["CapEff:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private static string FindRoot()
    {
        // A run as another user may start from a copy of the test program.
        if (Environment.GetEnvironmentVariable("BPFI_REPOSITORY") is { Length: > 0 } told)
        {
            return told;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "BpfInteractive.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no BpfInteractive.sln above {AppContext.BaseDirectory}");
    }

    [GeneratedRegex(@"^(\d+)\.(\d+)")]
    private static partial Regex LeadingNumbers();
}

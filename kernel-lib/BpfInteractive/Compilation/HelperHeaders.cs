using System.Globalization;
using System.Reflection;

namespace BpfInteractive;

/// <summary>The headers a source is compiled with: libbpf's from the system, and ours around them, carried in this library.</summary>
internal static class HelperHeaders
{
    private const string Prefix = "include/";
    private static readonly Assembly Home = typeof(HelperHeaders).Assembly;
    private static readonly string[] Roots = ["/usr/local/include", "/usr/include"];
    private static readonly Lazy<(string Path, byte[] Bytes)[]> s_files = new(ReadAll);

    /// <summary>Where libbpf's headers are, and what identifies them; null when they are not installed.</summary>
    internal static string? FindSystem(out string identity)
    {
        foreach (var root in Roots)
        {
            var file = new FileInfo(Path.Combine(root, "bpf/bpf_helpers.h"));
            if (file.Exists)
            {
                identity = string.Create(CultureInfo.InvariantCulture, $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}");
                return root;
            }
        }

        identity = "none";
        return null;
    }

    internal static UnsupportedFeatureException Missing() => new(
        "libbpf headers",
        "bpf/bpf_helpers.h is not installed",
        "install libbpf-dev (Debian, Ubuntu: apt-get install libbpf-dev) or libbpf-devel (Fedora: dnf install libbpf-devel)");

    /// <summary>Writes ours into a folder.</summary>
    internal static void WriteTo(string folder)
    {
        foreach (var (path, bytes) in s_files.Value)
        {
            var target = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, bytes);
        }
    }

    private static (string, byte[])[] ReadAll() =>
    [
        .. from name in Home.GetManifestResourceNames()
           where name.StartsWith(Prefix, StringComparison.Ordinal)
           select (name[Prefix.Length..], Read(name)),
    ];

    private static byte[] Read(string name)
    {
        using var stream = Home.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}

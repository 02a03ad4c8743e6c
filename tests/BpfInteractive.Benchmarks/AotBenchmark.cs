using System.Diagnostics;
using System.Globalization;

namespace BpfInteractive.Benchmarks;

/// <summary>A small program that prints an address space (tests/BpfInteractive.Aot), from its start to its end: compiled to a native program beside the same under the JIT.</summary>
public sealed class AotBenchmark : IBenchmark
{
    private const int Rounds = 21;

    public string Name => "aot";

    public async Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken) => await Task.Run(() => Run(cancellationToken), cancellationToken);

    private static List<Comparison> Run(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("bpfi-bench-").FullName;
        try
        {
            var native = Publish(folder, "native", "-p:BpfiAot=true");
            var plain = Publish(folder, "plain");
            var rows = new List<Comparison> { Comparison.Alone("size of the native program", new FileInfo(native).Length / 1048576.0, "MiB") };
            using var target = Process.Start("sleep", "3600");
            try
            {
                foreach (var engine in new[] { "procmap-query", "proc-maps", "auto" })
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    string[] line = ["vmas", target.Id.ToString(CultureInfo.InvariantCulture), engine];
                    var (ours, peer) = Measure.InTurns(Rounds, () => NativePeer.Run(native, line), () => NativePeer.Run(plain, line));
                    rows.Add(new($"a native program prints an address space by {engine}, start to end", "the same under the JIT", ours, peer, "ms"));
                }
            }
            finally
            {
                target.Kill();
            }

            return rows;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Publish(string folder, string name, params string[] properties)
    {
        var project = Path.Combine(Root(), "tests", "BpfInteractive.Aot");
        var program = Path.Combine(folder, name);
        NativePeer.Run(
            "dotnet", ["publish", project, "-c", "Release", "-p:BpfiLibraryFrameworks=net10.0", "--artifacts-path", Path.Combine(folder, name + ".work"), "-o", program, "-nodeReuse:false", .. properties]);
        return Path.Combine(program, "BpfInteractive.Aot");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder.Parent is not null && !File.Exists(Path.Combine(folder.FullName, "BpfInteractive.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace BpfInteractive.Benchmarks;

/// <summary>
/// Naming beside llvm-symbolizer on one large library: the first name of a file (its index made, the files in the page cache), and look-ups
/// afterwards. llvm-symbolizer's look-up is the time for many addresses less that for one, by the number.
/// </summary>
public sealed class SymbolsBenchmark : IBenchmark
{
    private const int Addresses = 100_000;
    private const int Rounds = 15;

    private static readonly string[] s_candidates =
    [
        "/usr/lib/x86_64-linux-gnu/libLLVM.so.19.1", "/usr/lib/x86_64-linux-gnu/libLLVM-14.so.1", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
    ];

    public string Name => "symbols";

    public Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        var path = s_candidates.First(File.Exists);
        path = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
        var (file, offsets, addresses) = Places(path);
        var library = Path.GetFileName(path);
        var rows = new List<Comparison>();

        // The first name: ours with a new symbolizer in a warm process, theirs as a process, less the start of one that reads no file.
        var start = Measure.Milliseconds(Rounds, () => LlvmSymbolizer("/nonexistent", "0x0\n"));
        var one = string.Create(CultureInfo.InvariantCulture, $"0x{addresses[0]:x}\n");
        var (first, theirFirst) = Measure.InTurns(Rounds, () => new Symbolizer().Name(file, offsets[0]), () => LlvmSymbolizer(path, one));
        rows.Add(new Comparison($"first name in {library}", "llvm-symbolizer, whole process", first, theirFirst, "ms", 0.4, 0.15));
        rows.Add(new Comparison($"first name in {library}", "llvm-symbolizer, less its start", first, theirFirst - start, "ms", 0.4, 0.15));

        cancellationToken.ThrowIfCancellationRequested();
        var symbolizer = new Symbolizer();
        var names = new FrameName[offsets.Length];
        var all = string.Concat(addresses.Select(address => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}\n")));
        var cold = Once(() => new Symbolizer().Name(file, offsets, names)) - first;
        var (warm, theirs) = Measure.InTurns(7, () => symbolizer.Name(file, offsets, names), () => LlvmSymbolizer(path, all), warmup: 2);
        var theirLookup = (theirs - theirFirst) * 1e6 / Addresses;
        rows.Add(new Comparison($"look-up in {library}", "llvm-symbolizer", warm * 1e6 / Addresses, theirLookup, "ns", 0.1, 1.0 / 30));
        rows.Add(new Comparison($"look-up in {library}, each name made and demangled", "llvm-symbolizer", cold * 1e6 / Addresses, theirLookup, "ns"));
        rows.Add(Comparison.Alone($"functions of {library} kept", symbolizer.SizeBytes / 1e6, "MB"));
        rows.Add(Comparison.Alone("kernel symbols read and sorted", Measure.Milliseconds(7, () => KernelSymbols.Read()), "ms"));
        return Task.FromResult<IReadOnlyList<Comparison>>(rows);
    }

    /// <summary>Random places of random functions.</summary>
    private static (ProfileFile File, ulong[] Offsets, ulong[] Addresses) Places(string path)
    {
        using var elf = ElfFile.Open(path);
        var table = ElfSymbolReader.Read(elf, ElfSymbolReader.Exported);
        var segments = elf.Segments.Where(segment => segment.Kind == ElfFile.Segment.Load && segment.IsExecutable).ToArray();
        var random = new Random(7);
        var addresses = new ulong[Addresses];
        var offsets = new ulong[Addresses];
        for (var i = 0; i < Addresses; i++)
        {
            var index = random.Next(table.Count);
            addresses[i] = table.StartOf(index) + (ulong)random.NextInt64((long)table.SizeOf(index));
            var segment = Array.Find(segments, candidate => addresses[i] - candidate.Address < candidate.FileSize);
            offsets[i] = addresses[i] - segment.Address + segment.Offset;
        }

        return (new ProfileFile { Path = path, BuildId = elf.ReadBuildId() }, offsets, addresses);
    }

    private static void LlvmSymbolizer(string path, string input)
    {
        using var process = Process.Start(new ProcessStartInfo("llvm-symbolizer", [$"--obj={path}", "--no-inlines", "--output-style=GNU", "--debug-file-directory=/nonexistent"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        var feed = Task.Run(() =>
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        });
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.StandardOutput.ReadToEnd();
        feed.Wait();
        process.WaitForExit();
    }

    private static double Once(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;

namespace BpfInteractive.Benchmarks;

/// <summary>The kernel's BTF: read and indexed, and written as vmlinux.h.</summary>
public sealed partial class BtfBenchmark : IBenchmark
{
    private const int Rounds = 31;

    public string Name => "btf";

    public Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        var (ours, peer) = ReadAndFind();
        var header = Measure.InTurns(9, () => KernelHeader.WriteAll(new KernelTypes(BtfData.Kernel)), () => NativePeer.Run("bpftool", "btf", "dump", "file", BtfData.KernelPath, "format", "c"));
        var find = FindNames();
        return Task.FromResult<IReadOnlyList<Comparison>>(
        [
            new("kernel BTF: read, index, find a type", "libbpf btf__parse, btf__find_by_name_kind", ours, peer, "ms", 0.8, 0.5),
            new("find a type by name, index made", "libbpf btf__find_by_name_kind", find.Ours, find.Peer, "us"),
            new("vmlinux.h, all types", "bpftool btf dump format c", header.Ours, header.Peer, "ms"),
        ]);
    }

    /// <summary>Freeing is counted for neither.</summary>
    private static (double Ours, double Peer) ReadAndFind()
    {
        var ours = new List<double>();
        var peer = new List<double>();
        for (var round = -5; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            var data = BtfData.Map(BtfData.KernelPath);
            _ = data.TryFind("task_struct", BtfKind.Struct, out _);
            var middle = Stopwatch.GetElapsedTime(start);
            start = Stopwatch.GetTimestamp();
            var native = btf__parse(BtfData.KernelPath, 0);
            _ = btf__find_by_name_kind(native, "task_struct", (uint)BtfKind.Struct);
            var end = Stopwatch.GetElapsedTime(start);
            btf__free(native);
            if (round >= 0)
            {
                ours.Add(middle.TotalMilliseconds);
                peer.Add(end.TotalMilliseconds);
            }
        }

        return (Measure.Median(ours), Measure.Median(peer));
    }

    private static (double Ours, double Peer) FindNames()
    {
        string[] names = ["task_struct", "vm_area_struct", "sk_buff", "no_such_struct"];
        var native = btf__parse(BtfData.KernelPath, 0);
        var (ours, peer) = Measure.InTurns(
            21,
            () => Array.ForEach(names, name => BtfData.Kernel.TryFind(name, BtfKind.Struct, out _)),
            () => Array.ForEach(names, name => btf__find_by_name_kind(native, name, (uint)BtfKind.Struct)));
        btf__free(native);
        return (ours * 1000 / names.Length, peer * 1000 / names.Length);
    }

    [LibraryImport("libbpf.so.1", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint btf__parse(string path, nint extension);

    [LibraryImport("libbpf.so.1", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int btf__find_by_name_kind(nint btf, string name, uint kind);

    [LibraryImport("libbpf.so.1")]
    private static partial void btf__free(nint btf);
}

using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace BpfInteractive.Tests.Infrastructure;

/// <summary>
/// What this process itself holds of the kernel: descriptors by kind, the ids of its programs, maps and links (from
/// /proc/self/fdinfo, so others' objects are never counted), and the project's temporary files. Tests that count run in <see cref="Alone"/>.
/// </summary>
public sealed class Leaks
{
    private static readonly string[] s_idFields = ["prog_id:", "map_id:", "link_id:"];

    private Leaks()
    {
        foreach (var link in Directory.EnumerateFileSystemEntries("/proc/self/fd").Order(StringComparer.Ordinal))
        {
            Count(link);
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries(Path.GetTempPath(), "bpfi*"))
        {
            TemporaryFiles.Add(Path.GetFileName(entry));
        }
    }

    /// <summary>The number of open descriptors of each kind that BPF work opens: bpf-map, bpf-prog, bpf_link, perf_event, eventpoll, memfd...</summary>
    public SortedDictionary<string, int> Descriptors { get; } = new(StringComparer.Ordinal);

    /// <summary>"prog_id:12", "map_id:7", "link_id:3" for each object this process holds.</summary>
    public SortedSet<string> Ids { get; } = new(StringComparer.Ordinal);

    /// <summary>The entries of the temporary folder whose names begin with "bpfi".</summary>
    public SortedSet<string> TemporaryFiles { get; } = new(StringComparer.Ordinal);

    /// <summary>Counts now.</summary>
    public static Leaks Snapshot() => new();

    /// <summary>
    /// Runs a piece of work twice, the first time to warm up what is made once, and fails if the second left anything behind. Links may be
    /// detached in the background, so an unequal count is looked at again for some seconds.
    /// </summary>
    public static async Task AssertNoneAsync(Func<Task> work)
    {
        await work();
        await SettleAsync();
        var before = Snapshot();
        await work();
        await AssertSameAsync(before);
    }

    /// <summary>Fails if this process holds something else than it did; waits for what ends in the background.</summary>
    public static async Task AssertSameAsync(Leaks before, TimeSpan? limit = null)
    {
        var watch = Stopwatch.StartNew();
        var after = Snapshot();
        while (!Same(before, after) && watch.Elapsed < (limit ?? TimeSpan.FromSeconds(10)))
        {
            await Task.Delay(50);
            after = Snapshot();
        }

        Assert.True(Same(before, after), $"left behind:\n{Difference(before, after)}");
    }

    /// <summary>One line for each kind and each set of ids, for people to compare.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (kind, count) in Descriptors)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {kind,-16}{count,6}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"  ids             [{string.Join(' ', Ids)}]\n");
        text.Append(CultureInfo.InvariantCulture, $"  temporary files [{string.Join(' ', TemporaryFiles)}]");
        return text.ToString();
    }

    /// <summary>Whether both hold the same number of each kind and the same ids, and no temporary file came (another process's may have gone).</summary>
    public static bool Same(Leaks before, Leaks after) =>
        before.Descriptors.SequenceEqual(after.Descriptors) && before.Ids.SetEquals(after.Ids) && after.TemporaryFiles.IsSubsetOf(before.TemporaryFiles);

    private static string Difference(Leaks before, Leaks after) => $"before\n{before}\nafter\n{after}";

    // Only before the first count: a collection after it would let finalizers hide what was not disposed.
    private static async Task SettleAsync()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        await Task.Delay(200);
    }

    private void Count(string link)
    {
        string? target;
        string[] info;
        try
        {
            target = File.ResolveLinkTarget(link, returnFinalTarget: false)?.Name;
            info = File.ReadAllLines("/proc/self/fdinfo/" + Path.GetFileName(link));
        }
        catch (IOException)
        {
            return; // the descriptor of the enumeration itself
        }

        if (target is null || Kind(target) is not { } kind)
        {
            return;
        }

        Descriptors[kind] = Descriptors.GetValueOrDefault(kind) + 1;
        foreach (var line in info.Where(line => s_idFields.Any(field => line.StartsWith(field, StringComparison.Ordinal))))
        {
            // A link names its program by id too; only what the descriptor itself is counts as held.
            var field = line[..line.IndexOf(':', StringComparison.Ordinal)];
            if (Matches(kind, field))
            {
                Ids.Add($"{field}:{line[(field.Length + 1)..].Trim()}");
            }
        }
    }

    private static bool Matches(string kind, string field) => kind switch
    {
        "bpf-prog" => field == "prog_id",
        "bpf-map" => field == "map_id",
        "bpf_link" => field == "link_id",
        _ => false,
    };

    private static string? Kind(string target) => target switch
    {
        _ when target.Contains("bpf-prog", StringComparison.Ordinal) => "bpf-prog",
        _ when target.Contains("bpf-map", StringComparison.Ordinal) => "bpf-map",
        _ when target.Contains("bpf_link", StringComparison.Ordinal) || target.Contains("bpf-link", StringComparison.Ordinal) => "bpf_link",
        _ when target.Contains("bpf_iter", StringComparison.Ordinal) => "bpf_iter",
        _ when target.Contains("btf", StringComparison.Ordinal) => "btf",
        _ when target.Contains("perf_event", StringComparison.Ordinal) => "perf_event",
        _ when target.Contains("eventfd", StringComparison.Ordinal) => "eventfd",
        _ when target.Contains("eventpoll", StringComparison.Ordinal) => "eventpoll",
        _ when target.Contains("pidfd", StringComparison.Ordinal) => "pidfd",
        _ when target.Contains("memfd:", StringComparison.Ordinal) && !target.Contains("doublemapper", StringComparison.Ordinal) => "memfd",
        _ => null,
    };
}

using System.Globalization;
using BpfInteractive.Exited.Captures;
using BpfInteractive.Exited.Truth;

namespace BpfInteractive.Exited.Judging;

/// <summary>The counts of one kind of target, or of several added up.</summary>
public sealed class KindScore(string kind)
{
    private readonly long[] _counts = new long[Enum.GetValues<Verdict>().Length];
    private readonly Dictionary<string, long> _reasons = [];
    private readonly Dictionary<string, long> _wrongs = [];
    private readonly Dictionary<string, long> _strays = [];

    /// <summary>The kind.</summary>
    public string Kind { get; } = kind;

    /// <summary>User leaves of processes of this kind.</summary>
    public long Samples { get; private set; }

    /// <summary>Of these, in a file that the profiler held open.</summary>
    public long Pinned { get; private set; }

    /// <summary>Of these, in known code.</summary>
    public long Known { get; private set; }

    /// <summary>The time that known code was on a CPU, as the targets measured it (not those that were killed).</summary>
    public ulong CpuNs { get; set; }

    /// <summary>Samples in known code of stretches whose <see cref="CpuNs"/> is known.</summary>
    public long Timed { get; private set; }

    /// <summary>Why leaves have no name.</summary>
    public IReadOnlyDictionary<string, long> Reasons => _reasons;

    /// <summary>
    /// Leaves elsewhere while the thread ran known code: the clock between two rounds, and its like. Many of one place are a sign of a leaf put where it
    /// was not.
    /// </summary>
    public IReadOnlyDictionary<string, long> Strays => _strays;

    /// <summary>What is wrong.</summary>
    public IReadOnlyDictionary<string, long> Wrongs => _wrongs;

    /// <summary>Mapped leaves among those whose walk was not refused.</summary>
    public double MappedShare => Share(Samples - Count(Verdict.Refused) - Count(Verdict.Unmapped), Samples - Count(Verdict.Refused));

    /// <summary>Refused among all.</summary>
    public double RefusedShare => Share(Count(Verdict.Refused), Samples);

    /// <summary>Named right among known code that was mapped and whose file was to be had.</summary>
    public double RightShare => Share(Count(Verdict.Right), Count(Verdict.Right) + Count(Verdict.Wrong) + Count(Verdict.Unnamed));

    /// <summary>Pinned among all.</summary>
    public double PinnedShare => Share(Pinned, Samples);

    /// <summary>Leaves of one verdict.</summary>
    public long Count(Verdict verdict) => _counts[(int)verdict];

    /// <summary>Samples in known code over those that its time on the CPU and the frequency promise.</summary>
    public double DeliveredShare(int frequency) => CpuNs == 0 ? double.NaN : Timed / (CpuNs * 1e-9 * frequency);

    /// <summary>Counts one leaf.</summary>
    public void Add(Leaf leaf, Stretch? stretch, Verdict verdict, string? why)
    {
        Samples++;
        _counts[(int)verdict]++;
        Pinned += leaf.IsPinned ? 1 : 0;
        Known += stretch is null ? 0 : 1;
        Timed += stretch is { CpuNs: > 0 } ? 1 : 0;
        Increment(_wrongs, why);
        Increment(_reasons, leaf.Name is null ? leaf.Reason ?? "no reason given" : null);
    }

    /// <summary>Counts a leaf elsewhere while its thread ran known code.</summary>
    public void AddStray(Leaf leaf) =>
        Increment(_strays, leaf.Name ?? string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(leaf.Path) ?? "?"}+0x{leaf.FileOffset ?? leaf.Address ?? 0:x}"));

    /// <summary>Adds the counts of another.</summary>
    public void Add(KindScore other)
    {
        Samples += other.Samples;
        Pinned += other.Pinned;
        Known += other.Known;
        CpuNs += other.CpuNs;
        Timed += other.Timed;
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Add(_reasons, other._reasons);
        Add(_wrongs, other._wrongs);
        Add(_strays, other._strays);
    }

    private static void Add(Dictionary<string, long> sums, Dictionary<string, long> counts)
    {
        foreach (var (key, count) in counts)
        {
            sums[key] = sums.GetValueOrDefault(key) + count;
        }
    }

    private static void Increment(Dictionary<string, long> counts, string? key)
    {
        if (key is not null)
        {
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }
    }

    private static double Share(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;
}

namespace BpfInteractive.Exited.Judging;

/// <summary>One profiler's scores over every run, by kind, and whether they pass.</summary>
public sealed class Scoreboard(string profiler, int frequency)
{
    private readonly SortedDictionary<string, KindScore> _kinds = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _losses = new(StringComparer.Ordinal);

    /// <summary>The share of refused walks that a pass allows.</summary>
    public const double MostRefused = 0.005;

    /// <summary>The share of right names that a pass asks for.</summary>
    public const double LeastRight = 0.999;

    /// <summary>The profiler.</summary>
    public string Profiler { get; } = profiler;

    /// <summary>Samples a second and CPU.</summary>
    public int Frequency { get; } = frequency;

    /// <summary>The kinds, in the order of their names.</summary>
    public IReadOnlyCollection<KindScore> Kinds => _kinds.Values;

    /// <summary>What the profiler says it lost.</summary>
    public IReadOnlyDictionary<string, long> Losses => _losses;

    /// <summary>All kinds added up.</summary>
    public KindScore Total
    {
        get
        {
            var total = new KindScore("all");
            foreach (var kind in Kinds)
            {
                total.Add(kind);
            }

            return total;
        }
    }

    /// <summary>Adds one run.</summary>
    public void Add(IEnumerable<KindScore> scores, IReadOnlyDictionary<string, long> losses)
    {
        foreach (var score in scores)
        {
            if (!_kinds.TryGetValue(score.Kind, out var sum))
            {
                _kinds.Add(score.Kind, sum = new(score.Kind));
            }

            sum.Add(score);
        }

        foreach (var (loss, count) in losses)
        {
            _losses[loss] = _losses.GetValueOrDefault(loss) + count;
        }
    }

    /// <summary>
    /// What the scores fall short of; empty when they pass. Wrong is 0; all leaves are mapped whose walk was not refused, which few are; 99.9 % of
    /// known code is named right where its file was to be had. A kind without samples shows nothing and does not pass either.
    /// </summary>
    public IReadOnlyList<string> Shortfalls()
    {
        var total = Total;
        List<string> shortfalls = [.. Kinds.Where(kind => kind.Known == 0).Select(kind => $"no sample in known code of {kind.Kind}")];
        Expect(total.Count(Verdict.Wrong) == 0, $"{total.Count(Verdict.Wrong)} wrong");
        Expect(total.Count(Verdict.Unmapped) == 0, $"{total.Count(Verdict.Unmapped)} not mapped");
        Expect(total.RefusedShare < MostRefused, $"{total.RefusedShare:P2} refused, not under {MostRefused:P1}");
        Expect(total.RightShare >= LeastRight, $"{(double.IsNaN(total.RightShare) ? 0 : total.RightShare):P2} named right, not {LeastRight:P1}");
        return shortfalls;

        void Expect(bool holds, string otherwise)
        {
            if (!holds)
            {
                shortfalls.Add(otherwise);
            }
        }
    }
}

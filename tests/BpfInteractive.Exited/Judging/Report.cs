using System.Globalization;

namespace BpfInteractive.Exited.Judging;

/// <summary>Prints scores as tables.</summary>
public static class Report
{
    private const string Head =
        "| kind | samples | mapped | named right | wrong | unnamed | file gone | elsewhere | refused | pinned | delivered | reasons |\n" +
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |";

    /// <summary>One profiler's table, its reasons, what is wrong and what it falls short of.</summary>
    public static void Write(TextWriter writer, Scoreboard board)
    {
        writer.WriteLine($"\n## {board.Profiler}\n\n{Head}");
        foreach (var kind in board.Kinds.Append(board.Total))
        {
            writer.WriteLine(Row(kind, board.Frequency));
        }

        writer.WriteLine();
        List(writer, "wrong", board.Total.Wrongs);
        List(writer, "elsewhere while known code ran", board.Total.Strays);
        List(writer, "losses", board.Losses);
        var shortfalls = board.Shortfalls();
        writer.WriteLine(shortfalls.Count == 0 ? "passes" : $"does not pass: {string.Join("; ", shortfalls)}");
    }

    private static string Row(KindScore score, int frequency) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {score.Kind} | {score.Samples} | {Percent(score.MappedShare)} | {Percent(score.RightShare)} | {score.Count(Verdict.Wrong)} " +
        $"| {score.Count(Verdict.Unnamed)} | {score.Count(Verdict.FileGone)} | {score.Count(Verdict.Elsewhere)} | {score.Count(Verdict.Refused)} " +
        $"| {Percent(score.PinnedShare)} | {Percent(score.DeliveredShare(frequency))} | {Join(score.Reasons)} |");

    private static string Percent(double share) =>
        double.IsNaN(share) ? "" : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(share * 10000) / 100:0.##} %");

    private static void List(TextWriter writer, string head, IReadOnlyDictionary<string, long> counts)
    {
        if (counts.Count > 0)
        {
            writer.WriteLine($"{head}: {Join(counts)}");
        }
    }

    private static string Join(IReadOnlyDictionary<string, long> counts) =>
        string.Join(", ", counts.OrderByDescending(entry => entry.Value).Take(12).Select(entry => $"{entry.Key} {entry.Value}"));
}

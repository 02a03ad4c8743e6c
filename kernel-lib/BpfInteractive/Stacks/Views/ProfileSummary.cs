using System.Globalization;

namespace BpfInteractive;

/// <summary>What a profile holds, how well its frames are known, and what it missed.</summary>
public sealed record ProfileSummary
{
    /// <summary>Samples.</summary>
    public required long Samples { get; init; }

    /// <summary>Processes with at least one sample.</summary>
    public required int Processes { get; init; }

    /// <summary>Distinct stacks.</summary>
    public required int Stacks { get; init; }

    /// <summary>Samples that hit user code: those whose user leaf is where the CPU was.</summary>
    public required long UserLeaves { get; init; }

    /// <summary>Those of them whose leaf lies in a known mapping.</summary>
    public required long UserLeavesMapped { get; init; }

    /// <summary>Those of them whose leaf has a name.</summary>
    public required long UserLeavesNamed { get; init; }

    /// <summary>All frames of all samples.</summary>
    public required long Frames { get; init; }

    /// <summary>Those that have a name.</summary>
    public required long FramesNamed { get; init; }

    /// <summary>Frames without a name, by reason; the most first.</summary>
    public required IReadOnlyList<(FrameReason Reason, long Frames)> Unnamed { get; init; }

    /// <summary>Frames of files whose source line is known; null where nobody looked for lines.</summary>
    public long? FramesWithLines { get; init; }

    /// <summary>Frames of files without a source line, by reason, where lines were looked for; the most first.</summary>
    public IReadOnlyList<(FrameReason Reason, long Frames)> WithoutLines { get; init; } = [];

    /// <summary>Frames with a source line of which nobody knows what was inlined there, by reason; the most first.</summary>
    public IReadOnlyList<(FrameReason Reason, long Frames)> WithoutInlined { get; init; } = [];

    /// <summary>User stacks that end before their root: deeper than what is kept.</summary>
    public required long Truncated { get; init; }

    /// <summary>User stacks that end before their root: code without frame pointers.</summary>
    public required long Broken { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>What is known to be missing.</summary>
    public required Losses Losses { get; init; }

    /// <summary>The summary in lines for people, the losses last.</summary>
    public IEnumerable<string> ToLines()
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"{Samples:N0} samples of {Processes:N0} processes in {Duration.TotalSeconds:0.0} s, {Stacks:N0} distinct stacks");
        yield return string.Create(CultureInfo.InvariantCulture, $"user leaves: {Percent(UserLeavesMapped, UserLeaves)} mapped, {Percent(UserLeavesNamed, UserLeaves)} named; all frames: {Percent(FramesNamed, Frames)} named");
        if (Unnamed.Count > 0)
        {
            yield return "frames without a name: " + Texts(Unnamed);
        }

        if (FramesWithLines is { } lines)
        {
            var others = WithoutLines.Count == 0 ? "" : "; the others: " + Texts(WithoutLines);
            var inlined = WithoutInlined.Count == 0 ? "" : "; with a line, but inlined functions not known: " + Texts(WithoutInlined);
            yield return string.Create(CultureInfo.InvariantCulture, $"source lines: of {Percent(lines, lines + WithoutLines.Sum(entry => entry.Frames))} of the frames in files{others}{inlined}");
        }

        if (Truncated + Broken > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"stacks without their root: {Broken:N0} through code without frame pointers, {Truncated:N0} too deep");
        }

        if (Losses.IsEmpty)
        {
            yield return "nothing lost";
        }

        foreach (var loss in Losses)
        {
            yield return $"lost: {loss}";
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', ToLines());

    internal static ProfileSummary Of(Profile profile)
    {
        var samples = profile.Tables.Samples;
        var user = samples.Values<int>("user_stack");
        var kernel = samples.Values<int>("kernel_stack");
        var flags = samples.Values<byte>("flags");
        var locations = profile.Tables.Stacks.Values<int>("location");
        var unmapped = profile.Tables.Locations.Values<byte>("unmapped");
        var reasons = profile.Names.Columns.Values<byte>("reason");
        var counts = StackReasons.Of(profile, user, kernel);
        var (leaves, mapped, named, truncated, broken) = (0L, 0L, 0L, 0L, 0L);
        for (var row = 0; row < user.Length; row++)
        {
            var flag = (SampleFlags)flags[row];
            truncated += (flag & (SampleFlags.UserTruncated | SampleFlags.KernelTruncated)) != 0 ? 1 : 0;
            broken += (flag & SampleFlags.UserBroken) != 0 ? 1 : 0;
            if (user[row] >= 0 && (flag & SampleFlags.KernelMode) == 0)
            {
                var leaf = locations[user[row]];
                leaves++;
                mapped += unmapped[leaf] == 0 ? 1 : 0;
                named += reasons[leaf] == (byte)FrameReason.None ? 1 : 0;
            }
        }

        return new ProfileSummary
        {
            Samples = user.Length,
            Processes = CountProcesses(profile),
            Stacks = profile.Groups.All.Count,
            UserLeaves = leaves,
            UserLeavesMapped = mapped,
            UserLeavesNamed = named,
            Frames = counts.Total,
            FramesNamed = counts[FrameReason.None],
            Unnamed = counts.Unnamed,
            FramesWithLines = profile.Names.HasLines ? counts.WithLines : null,
            WithoutLines = counts.WithoutLines,
            WithoutInlined = counts.WithoutInlined,
            Truncated = truncated,
            Broken = broken,
            Duration = profile.Info.Duration,
            Losses = profile.Losses,
        };
    }

    private static int CountProcesses(Profile profile)
    {
        var processOf = profile.Tables.Threads.Values<int>("process");
        var seen = new bool[profile.Tables.Processes.RowCount];
        foreach (var thread in profile.Tables.Samples.Values<int>("thread"))
        {
            seen[processOf[thread]] = true;
        }

        return seen.Count(was => was);
    }

    private static string Texts(IEnumerable<(FrameReason Reason, long Frames)> reasons) =>
        string.Join(", ", reasons.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Frames:N0} {FrameReasons.TextOf(entry.Reason)}")));

    private static string Percent(long part, long whole) => whole == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0.##} %");
}

/// <summary>The frames of stacks by reason.</summary>
internal sealed class StackReasons
{
    private static readonly int s_reasons = Enum.GetValues<FrameReason>().Length;

    // Behind the frames by reason those by the reason for having no lines, those by the reason for having lines alone, and last those with lines.
    private readonly long[] _counts = new long[(3 * s_reasons) + 1];

    private StackReasons(Profile profile, long[] samples)
    {
        var callers = profile.Tables.Stacks.Values<int>("caller");
        var locations = profile.Tables.Stacks.Values<int>("location");
        var reasons = profile.Names.Columns.Values<byte>("reason");

        // A caller's stack comes before those it is the caller in: each has all of its samples when its turn comes.
        for (var stack = samples.Length - 1; stack >= 0; stack--)
        {
            var (location, frames) = (locations[stack], samples[stack]);
            _counts[reasons[location]] += frames;
            if (profile.Names.HasLines)
            {
                CountLines(profile.Names, location, frames);
            }

            if (callers[stack] >= 0)
            {
                samples[callers[stack]] += frames;
            }
        }
    }

    internal long Total => _counts.AsSpan(0, s_reasons).ToArray().Sum();

    internal long WithLines => _counts[^1];

    internal IReadOnlyList<(FrameReason Reason, long Frames)> WithoutLines => By(s_reasons);

    internal IReadOnlyList<(FrameReason Reason, long Frames)> WithoutInlined => By(2 * s_reasons);

    internal long this[FrameReason reason] => _counts[(int)reason];

    internal IReadOnlyList<(FrameReason Reason, long Frames)> Unnamed => By(0);

    /// <summary>Counts the frames of the samples' user and kernel stacks.</summary>
    internal static StackReasons Of(Profile profile, ReadOnlySpan<int> user, ReadOnlySpan<int> kernel)
    {
        var samples = new long[profile.Tables.Stacks.RowCount];
        Add(user);
        Add(kernel);
        return new StackReasons(profile, samples);

        void Add(ReadOnlySpan<int> stacks)
        {
            foreach (var stack in stacks)
            {
                if (stack >= 0)
                {
                    samples[stack]++;
                }
            }
        }
    }

    private void CountLines(ProfileNames names, int location, long frames)
    {
        var hasLines = names.LinesOf(location).Count > 0;
        if (names.WhyNoLinesOf(location) is not FrameReason.None and var why)
        {
            _counts[((hasLines ? 2 : 1) * s_reasons) + (int)why] += frames;
        }

        _counts[^1] += hasLines ? frames : 0;
    }

    private List<(FrameReason Reason, long Frames)> By(int from) =>
        [.. Enumerable.Range(1, s_reasons - 1).Where(reason => _counts[from + reason] > 0).OrderByDescending(reason => _counts[from + reason]).Select(reason => ((FrameReason)reason, _counts[from + reason]))];
}

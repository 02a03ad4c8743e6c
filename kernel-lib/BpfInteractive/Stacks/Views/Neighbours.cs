namespace BpfInteractive;

/// <summary>Who calls a function, and whom it calls.</summary>
internal static class Neighbours
{
    /// <summary>The frames one step up (<paramref name="step"/> -1) or down (+1) of every frame whose text is the function's.</summary>
    internal static Columns Of(Profile profile, string function, int step)
    {
        var groups = profile.Groups;
        var table = profile.Frames;
        var weights = new Dictionary<int, (long Value, long Samples)>();
        var seen = new HashSet<int>();
        var frames = new List<int>();
        foreach (var group in groups.All)
        {
            groups.FramesOf(group, frames);
            seen.Clear();
            for (var at = 0; at < frames.Count; at++)
            {
                var neighbour = at + step;
                if (table[frames[at]].Text != function || neighbour < 0 || neighbour >= frames.Count || !seen.Add(frames[neighbour]))
                {
                    continue;
                }

                var (value, samples) = weights.GetValueOrDefault(frames[neighbour]);
                weights[frames[neighbour]] = (value + group.Value, samples + group.Samples);
            }
        }

        var order = weights.OrderByDescending(entry => entry.Value.Value).ThenBy(entry => table[entry.Key].Text, StringComparer.Ordinal).ToArray();
        return new Columns(
            step < 0 ? $"callers of {function}" : $"callees of {function}",
            [
                .. FrameColumns.Of(table, [.. order.Select(entry => entry.Key)], step < 0 ? "caller" : "callee"),
                new Column<long>("value", [.. order.Select(entry => entry.Value.Value)], profile.ValueFormat),
                new Column<long>("samples", [.. order.Select(entry => entry.Value.Samples)]),
            ],
            profile.Losses);
    }
}

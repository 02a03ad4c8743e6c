namespace BpfInteractive;

/// <summary>
/// What build-id stacks told of an address space: which file's bytes a page held when a frame lay in it. Files are mapped in whole pages, so what holds for a frame holds for
/// all of its page, at that moment, and between two moments at which it was found to be so and not found to be otherwise.
/// </summary>
internal sealed class BuildIdPages
{
    private const ulong PageBytes = 4096;

    private readonly Dictionary<ulong, List<Sighting>> _pages = [];

    /// <summary>Whether there is something that <see cref="Boundaries"/> has not told.</summary>
    internal bool IsChanged { get; private set; }

    /// <summary>Takes in what was found for one frame.</summary>
    /// <param name="address">The frame's.</param>
    /// <param name="timeNs">The sample's time.</param>
    /// <param name="buildId">The file's; empty where the kernel could not tell, which ends what was known of the page.</param>
    /// <param name="offset">The frame's offset in the file.</param>
    internal void Add(ulong address, long timeNs, BuildId buildId, ulong offset)
    {
        var within = address % PageBytes;
        if (!_pages.TryGetValue(address - within, out var sightings))
        {
            if (buildId.IsEmpty)
            {
                return;
            }

            _pages.Add(address - within, sightings = []);
        }

        IsChanged = true;
        var start = offset - within;
        if (sightings.Count > 0 && sightings[^1] is var last && last.BuildId == buildId && (buildId.IsEmpty || last.Offset == start))
        {
            sightings[^1] = last with { FirstNs = Math.Min(last.FirstNs, timeNs), LastNs = Math.Max(last.LastNs, timeNs) };
        }
        else
        {
            sightings.Add(new Sighting(buildId, start, timeNs, timeNs));
        }
    }

    /// <summary>What an address meant at a moment; false where that was not told, or told in two ways.</summary>
    internal bool TryFind(ulong address, long timeNs, out BuildId buildId, out ulong offset)
    {
        (buildId, offset) = (default, 0);
        var within = address % PageBytes;
        var found = 0;
        foreach (var sighting in _pages.GetValueOrDefault(address - within) ?? [])
        {
            if (timeNs >= sighting.FirstNs && timeNs <= sighting.LastNs)
            {
                (buildId, offset) = (sighting.BuildId, sighting.Offset + within);
                found++;
            }
        }

        return found == 1 && !buildId.IsEmpty;
    }

    /// <summary>The times at which an address may begin to mean something else.</summary>
    internal List<long> Boundaries()
    {
        IsChanged = false;
        var times = new List<long>();
        foreach (var sighting in _pages.Values.SelectMany(sightings => sightings))
        {
            times.Add(sighting.FirstNs);
            times.Add(sighting.LastNs + 1);
        }

        return times;
    }

    private readonly record struct Sighting(BuildId BuildId, ulong Offset, long FirstNs, long LastNs);
}

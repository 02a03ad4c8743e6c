namespace BpfInteractive;

/// <summary>Finds what a mistyped name was meant to be.</summary>
internal static class NearestName
{
    private const int MostListed = 12;

    /// <summary>The candidate that takes the fewest edits, or null when none is near (more than a third of the letters differ).</summary>
    internal static string? Of(string name, IEnumerable<string> candidates)
    {
        string? nearest = null;
        var fewest = Math.Max(2, name.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            var edits = Distance(name, candidate);
            if (edits < fewest)
            {
                (nearest, fewest) = (candidate, edits);
            }
        }

        return nearest;
    }

    /// <summary>"did you mean 'a'? There are: 'a', 'b'." or what there is, or that there is none.</summary>
    internal static string Advice(string name, IReadOnlyCollection<string> candidates, string plural)
    {
        if (candidates.Count == 0)
        {
            return $"it has no {plural}";
        }

        var listed = string.Join(", ", candidates.Take(MostListed).Select(candidate => $"'{candidate}'"));
        var more = candidates.Count > MostListed ? $" and {candidates.Count - MostListed} more" : "";
        var nearest = Of(name, candidates);
        return nearest is null ? $"its {plural}: {listed}{more}" : $"did you mean '{nearest}'? Its {plural}: {listed}{more}";
    }

    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1;
                var cost = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + same);
                (diagonal, row[j]) = (row[j], cost);
            }
        }

        return row[b.Length];
    }
}

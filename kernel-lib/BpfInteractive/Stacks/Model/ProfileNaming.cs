namespace BpfInteractive;

/// <summary>Gives a profile its names.</summary>
public static class ProfileNaming
{
    /// <summary>Names every location of a profile.</summary>
    /// <param name="symbolizer">Where names come from.</param>
    /// <param name="profile">Whose locations.</param>
    /// <param name="jitMapOf">The map of the run-time code of an address space (the file's <see cref="ProfileFile.Mm"/>); null for none anywhere.</param>
    public static ProfileNames NamesOf(this Symbolizer symbolizer, Profile profile, Func<ProfileFile, JitMap?>? jitMapOf = null)
    {
        ArgumentNullException.ThrowIfNull(symbolizer);
        return symbolizer.NamesOf(profile, jitMapOf, imageOf: null);
    }

    /// <summary>As above, with the names of code that was compiled into .NET images, by offsets in those.</summary>
    internal static ProfileNames NamesOf(this Symbolizer symbolizer, Profile profile, Func<ProfileFile, JitMap?>? jitMapOf, Func<ProfileFile, JitMap?>? imageOf) =>
        ProfileNames.Of(profile, (_, file, _, offsets, names) =>
        {
            NameOne(symbolizer, file, jitMapOf, offsets, names);
            if (file.Kind == ProfileFileKind.File && names.Length > 0 && names[0].Reason == FrameReason.DotnetImage && imageOf?.Invoke(file) is { } image)
            {
                image.Name(offsets, names);
            }
        });

    /// <summary>
    /// Names what has no name yet; names that are there stay. For a capture of another machine, say, with <see cref="SymbolizerOptions.Debuginfod"/>: a file counts only when its
    /// build id, or all that was known of it, is the captured one's.
    /// </summary>
    /// <param name="symbolizer">Where names come from.</param>
    /// <param name="profile">Whose locations.</param>
    /// <param name="cancellationToken">Ends it, and the fetching of files.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static async Task<Profile> NameMissingAsync(this Symbolizer symbolizer, Profile profile, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(symbolizer);
        ArgumentNullException.ThrowIfNull(profile);
        var token = cancellationToken.CanBeCanceled ? cancellationToken : BpfScope.Current.CancellationToken;
        return profile.WithNames(await ProfileNames.OfAsync(
            profile, (_, file, rows, offsets, names) => NameMissing(symbolizer, profile.Names, file, rows, offsets, names, token), symbolizer.Parallel, token).ConfigureAwait(false));
    }

    /// <summary>Names all but files: what no other machine, and no later time, could name.</summary>
    internal static ProfileNames NamesOnlyHere(this Symbolizer symbolizer, Profile profile, Func<ProfileFile, JitMap?> jitMapOf, Func<ProfileFile, JitMap?> imageOf) => ProfileNames.Of(profile, (_, file, _, offsets, names) =>
    {
        if (file.Kind == ProfileFileKind.File && imageOf(file) is { } image)
        {
            image.Name(offsets, names);
        }
        else if (file.Kind == ProfileFileKind.File)
        {
            names.Fill(FrameName.Unnamed(FrameReason.NotLookedUp));
        }
        else
        {
            NameOne(symbolizer, file, jitMapOf, offsets, names);
        }
    });

    private static void NameMissing(Symbolizer symbolizer, ProfileNames known, ProfileFile file, ReadOnlySpan<int> rows, ReadOnlySpan<ulong> offsets, Span<FrameName> names, CancellationToken token)
    {
        var isMissing = symbolizer.HasLines && file.Kind == ProfileFileKind.File;
        foreach (var row in rows)
        {
            isMissing |= known.ReasonOf(row) != FrameReason.None;
        }

        if (isMissing)
        {
            symbolizer.Name(file, offsets, names, token);
        }

        for (var at = 0; at < names.Length; at++)
        {
            var reason = known.ReasonOf(rows[at]);
            if (reason == FrameReason.None || (reason != FrameReason.NotLookedUp && !names[at].IsNamed && file.Kind != ProfileFileKind.File))
            {
                var (before, now) = (known[rows[at]], names[at]);
                var tellsMore = now.Lines is not null ? before.Lines is null || before.WhyNoLines != FrameReason.None : before.Lines is null && now.WhyNoLines != FrameReason.None;
                names[at] = tellsMore ? before with { Lines = now.Lines, WhyNoLines = now.WhyNoLines } : before;
            }
        }
    }

    private static void NameOne(Symbolizer symbolizer, ProfileFile file, Func<ProfileFile, JitMap?>? jitMapOf, ReadOnlySpan<ulong> offsets, Span<FrameName> names)
    {
        if ((file.Kind == ProfileFileKind.Jit ? jitMapOf?.Invoke(file) : null) is { } map)
        {
            map.Name(offsets, names);
        }
        else
        {
            symbolizer.Name(file, offsets, names);
        }
    }
}

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
        return ProfileNames.Of(profile, (_, file, _, offsets, names) =>
        {
            if ((file.Kind == ProfileFileKind.Jit ? jitMapOf?.Invoke(file) : null) is not { } map)
            {
                symbolizer.Name(file, offsets, names);
                return;
            }

            for (var at = 0; at < offsets.Length; at++)
            {
                names[at] = map.Name(offsets[at]);
            }
        });
    }
}

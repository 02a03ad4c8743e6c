namespace BpfInteractive.Exited.Captures;

/// <summary>The leaves of a <see cref="Profile"/>'s user-mode samples. A profile keeps (file, offset), and addresses only where there is no file.</summary>
public sealed class ProfileLeaves
{
    private readonly Profile _profile;
    private readonly ProfileFile[] _files;

    private readonly bool[] _isPinned;

    private ProfileLeaves(Profile profile, Func<ProfileFile, bool> isPinned)
    {
        _profile = profile;
        _files = [.. Enumerable.Range(0, profile.Tables.Files.RowCount).Select(profile.FileOf)];
        _isPinned = [.. _files.Select(isPinned)];
    }

    /// <summary>All leaves of user-mode samples.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="isPinned">Whether a file was held open.</param>
    public static IReadOnlyList<Leaf> Of(Profile profile, Func<ProfileFile, bool> isPinned) => new ProfileLeaves(profile, isPinned).All();

    private List<Leaf> All()
    {
        var samples = _profile.Tables.Samples;
        var times = samples.Values<long>("time");
        var threads = samples.Values<int>("thread");
        var stacks = samples.Values<int>("user_stack");
        var flags = samples.Values<byte>("flags");
        var processOf = _profile.Tables.Threads.Values<int>("process");
        var tidOf = _profile.Tables.Threads.Values<int>("tid");
        var pidOf = _profile.Tables.Processes.Values<int>("pid");
        var locations = _profile.Tables.Stacks.Values<int>("location");
        var leaves = new List<Leaf>(samples.RowCount);
        for (var row = 0; row < samples.RowCount; row++)
        {
            if (((SampleFlags)flags[row]).HasFlag(SampleFlags.KernelMode))
            {
                continue;
            }

            var bare = new Leaf((ulong)times[row], pidOf[processOf[threads[row]]], tidOf[threads[row]], null);
            leaves.Add(stacks[row] < 0 ? bare with { Reason = "no user stack" } : LeafAt(bare, locations[stacks[row]]));
        }

        return leaves;
    }

    private Leaf LeafAt(Leaf bare, int number)
    {
        var location = _profile.LocationOf(number);
        var reason = _profile.Names.ReasonOf(number);
        var file = _files[location.FileNumber];
        var isFile = file.Kind == ProfileFileKind.File;
        return bare with
        {
            Address = file.Kind is ProfileFileKind.Jit or ProfileFileKind.Unmapped ? location.Offset : null,
            Name = _profile.Names.FunctionOf(number),
            Path = file.Path,
            FileOffset = isFile ? location.Offset : null,
            BuildId = isFile && !file.BuildId.IsEmpty ? file.BuildId.ToString() : null,
            IsMapped = file.Kind != ProfileFileKind.Unmapped,
            IsPinned = isFile && _isPinned[location.FileNumber],
            IsRefused = reason == FrameReason.NoSnapshot,
            Reason = reason == FrameReason.None ? null : FrameReasons.TextOf(reason),
        };
    }
}

using BpfInteractive.Exited.Captures;
using BpfInteractive.Exited.Truth;
using BpfInteractive.Exited.Workload;

namespace BpfInteractive.Exited.Judging;

/// <summary>Holds a profiler's leaves against what the processes themselves logged.</summary>
public sealed class Judge(IReadOnlyDictionary<string, TargetFile> files)
{
    /// <summary>The reason by which a profiler says that a file was gone.</summary>
    public const string FileGone = "file gone";

    /// <summary>One score for each kind of the truth.</summary>
    public IReadOnlyList<KindScore> Score(TruthLog truth, IEnumerable<Leaf> leaves)
    {
        var scores = truth.Kinds.ToDictionary(kind => kind, kind => new KindScore(kind));
        foreach (var stretch in truth.Stretches)
        {
            scores[stretch.Kind].CpuNs += stretch.CpuNs;
        }

        foreach (var leaf in leaves)
        {
            if (truth.KindOf(leaf.Pid) is { } kind)
            {
                var stretch = Find(truth, leaf);
                var verdict = Of(leaf, stretch, out var why);
                scores[kind].Add(leaf, stretch, verdict, why);
                if (verdict == Verdict.Elsewhere && truth.At(leaf.Tid, leaf.TimeNs) is not null)
                {
                    scores[kind].AddStray(leaf);
                }
            }
        }

        return [.. scores.Values];
    }

    /// <summary>
    /// The known code that a leaf is in: by its address, or where the profiler keeps places in files, by that place, if it is in the code that the
    /// thread then ran.
    /// </summary>
    public Stretch? Find(TruthLog truth, Leaf leaf)
    {
        if (leaf.Address is { } address)
        {
            return truth.Find(leaf.Tid, leaf.TimeNs, address);
        }

        var stretch = truth.At(leaf.Tid, leaf.TimeNs);
        return stretch is not null && (!leaf.IsMapped || IsIn(stretch, leaf)) ? stretch : null;
    }

    /// <summary>Judges one leaf; <paramref name="why"/> says what is wrong with it.</summary>
    public Verdict Of(Leaf leaf, Stretch? stretch, out string? why)
    {
        why = stretch is null ? WrongElsewhere(leaf) : WrongIn(stretch, leaf);
        return why is not null ? Verdict.Wrong
            : leaf.IsRefused ? Verdict.Refused
            : !leaf.IsMapped ? Verdict.Unmapped
            : stretch is null ? Verdict.Elsewhere
            : leaf.Name is not null ? Verdict.Right
            : leaf.Reason == FileGone ? Verdict.FileGone
            : Verdict.Unnamed;
    }

    private bool IsIn(Stretch stretch, Leaf leaf) =>
        files.TryGetValue(stretch.File, out var file) && (leaf.BuildId is null || leaf.BuildId == file.BuildId)
            && leaf.FileOffset is { } offset && offset - file.Functions[stretch.Function].Offset < file.Functions[stretch.Function].SizeBytes;

    // The known code is in sections of its own: outside a stretch no leaf may bear its names, nor be placed in it.
    private string? WrongElsewhere(Leaf leaf)
    {
        if (leaf.Name is not null && TargetFolder.KnownFunctions.Contains(leaf.Name))
        {
            return $"named {leaf.Name} outside that code";
        }

        var file = leaf.BuildId is null ? null : files.Values.FirstOrDefault(file => file.BuildId == leaf.BuildId);
        var function = leaf.FileOffset is { } offset ? file?.At(offset) : null;
        return function is not null && TargetFolder.KnownFunctions.Contains(function) ? $"put into {function} of {file!.Name} outside that code" : null;
    }

    private string? WrongIn(Stretch stretch, Leaf leaf)
    {
        if (leaf.Name is not null && leaf.Name != stretch.Function)
        {
            return $"{stretch.Function} named {leaf.Name}";
        }

        if (!leaf.IsMapped)
        {
            return leaf.Name is null ? null : $"{stretch.Function} named, though not mapped";
        }

        return files.TryGetValue(stretch.File, out var file) ? WrongFile(file, stretch, leaf) : null;
    }

    private string? WrongFile(TargetFile file, Stretch stretch, Leaf leaf)
    {
        if (leaf.BuildId is not null && leaf.BuildId != file.BuildId)
        {
            return $"{stretch.Function} of {file.Name} with the build id {leaf.BuildId}, not {file.BuildId}";
        }

        var expected = file.Functions[stretch.Function].Offset + (leaf.Address - stretch.Start);
        if (expected is not null && leaf.FileOffset is { } offset && offset != expected)
        {
            return $"{stretch.Function} of {file.Name} at offset {offset:x}, not {expected:x}";
        }

        // Copies run by other names; but one target's file is never another's.
        var name = Path.GetFileName(leaf.Path);
        return name is not null && name != file.Name && files.ContainsKey(name) ? $"{stretch.Function} of {file.Name} in {name}" : null;
    }
}

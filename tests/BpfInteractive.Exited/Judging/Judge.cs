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
                var stretch = truth.Find(leaf.Tid, leaf.TimeNs, leaf.Address);
                var verdict = Of(leaf, stretch, out var why);
                scores[kind].Add(leaf, stretch, verdict, why);
            }
        }

        return [.. scores.Values];
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

    // The known code is in sections of its own: outside a stretch no leaf may bear its names.
    private static string? WrongElsewhere(Leaf leaf) =>
        leaf.Name is not null && TargetFolder.KnownFunctions.Contains(leaf.Name) ? $"named {leaf.Name} outside that code" : null;

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
        if (leaf.FileOffset is { } offset && offset != expected)
        {
            return $"{stretch.Function} of {file.Name} at offset {offset:x}, not {expected:x}";
        }

        // Copies run by other names; but one target's file is never another's.
        var name = Path.GetFileName(leaf.Path);
        return name is not null && name != file.Name && files.ContainsKey(name) ? $"{stretch.Function} of {file.Name} in {name}" : null;
    }
}

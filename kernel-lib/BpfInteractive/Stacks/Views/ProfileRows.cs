namespace BpfInteractive;

/// <summary>A profile as flat tables: by sample, by stack.</summary>
internal static class ProfileRows
{
    internal static Columns Samples(Profile profile)
    {
        var samples = profile.Tables.Samples;
        var threads = samples.Values<int>("thread").ToArray();
        var processOf = profile.Tables.Threads.Values<int>("process").ToArray();
        var pids = profile.Tables.Processes.Values<int>("pid").ToArray();
        var tids = profile.Tables.Threads.Values<int>("tid").ToArray();
        var threadComms = profile.Tables.Threads.Text("comm");
        var comms = StackGroups.CommOfThread(profile);
        var (user, kernel) = (samples.Values<int>("user_stack").ToArray(), samples.Values<int>("kernel_stack").ToArray());
        var flags = samples.Values<byte>("flags").ToArray();
        var texts = new StackTexts(profile);
        return new Columns(
            "samples",
            [
                samples["time"], samples["cpu"],
                new Column<int>("pid", [.. threads.Select(thread => pids[processOf[thread]])], ColumnFormat.Pid),
                new Column<int>("tid", [.. threads.Select(thread => tids[thread])], ColumnFormat.Pid),
                TextColumn.Of("comm", threads.Select(thread => comms[thread])),
                TextColumn.Of("thread", threads.Select(thread => threadComms[thread])),
                new Column<bool>("kernel_mode", [.. flags.Select(flag => ((SampleFlags)flag & SampleFlags.KernelMode) != 0)]),
                TextColumn.Of("leaf", Enumerable.Range(0, threads.Length).Select(row => texts.Leaf(user[row], kernel[row]))),
                TextColumn.Of("stack", Enumerable.Range(0, threads.Length).Select(row => texts.Folded(user[row], kernel[row]))),
                samples["value"].With(format: profile.ValueFormat), samples["period"],
            ],
            profile.Losses);
    }

    /// <summary><c>comm, stack, depth, samples, value</c>; the heaviest first. A stack is text, from the root to the leaf, ';' between the frames.</summary>
    internal static Columns Stacks(Profile profile)
    {
        var texts = new StackTexts(profile);
        var merged = new Dictionary<(string Comm, string Stack), (long Samples, long Value)>();
        foreach (var group in profile.Groups.All)
        {
            var key = (group.Comm, texts.Folded(group.UserStack, group.KernelStack));
            var (samples, value) = merged.GetValueOrDefault(key);
            merged[key] = (samples + group.Samples, value + group.Value);
        }

        var rows = merged.OrderByDescending(row => row.Value.Value).ThenBy(row => row.Key.Stack, StringComparer.Ordinal).ToArray();
        return new Columns(
            "stacks",
            [
                TextColumn.Of("comm", rows.Select(row => row.Key.Comm)),
                TextColumn.Of("stack", rows.Select(row => row.Key.Stack)),
                new Column<int>("depth", [.. rows.Select(row => row.Key.Stack.Length == 0 ? 0 : row.Key.Stack.AsSpan().Count(';') + 1)]),
                new Column<long>("samples", [.. rows.Select(row => row.Value.Samples)]),
                new Column<long>("value", [.. rows.Select(row => row.Value.Value)], profile.ValueFormat),
            ],
            profile.Losses);
    }
}

/// <summary>
/// Stacks as text in the folded form: frames from the root on, ';' between them, "_[k]" behind the kernel's, "_[j]" behind run-time code's and "_[i]" behind inlined ones (flamegraph.pl's annotations).
/// </summary>
internal sealed class StackTexts(Profile profile)
{
    private readonly string[] _frames = [.. Enumerable.Range(0, profile.Frames.Count).Select(frame => Annotated(profile.Frames[frame]))];
    private readonly Dictionary<(int, int), string> _known = [];

    internal string Leaf(int userStack, int kernelStack)
    {
        var path = profile.Frames.PathOf(kernelStack >= 0 ? kernelStack : userStack);
        return path.Count == 0 ? "" : _frames[path[^1]];
    }

    internal string Folded(int userStack, int kernelStack)
    {
        if (!_known.TryGetValue((userStack, kernelStack), out var text))
        {
            var path = profile.Frames.PathOf(userStack).Concat(profile.Frames.PathOf(kernelStack));
            _known[(userStack, kernelStack)] = text = string.Join(';', path.Select(frame => _frames[frame]));
        }

        return text;
    }

    private static string Annotated(ProfileFrame frame) => Escape(frame.Text) + frame.Kind switch
    {
        FrameKind.Kernel => "_[k]",
        FrameKind.Jit => "_[j]",
        FrameKind.Inlined => "_[i]",
        _ => "",
    };

    /// <summary>A ';' in a name would end the frame, a line end the stack.</summary>
    internal static string Escape(string text) => text.AsSpan().IndexOfAny(';', '\n', '\r') < 0 ? text : text.Replace(';', ':').Replace('\n', ' ').Replace('\r', ' ');
}

using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// A profile's samples put together by process name, user stack and kernel stack, and the way from such a stack to its frames. The one pass over the samples that all views
/// begin with.
/// </summary>
internal sealed class StackGroups
{
    private readonly Profile _profile;
    private readonly List<Group> _groups = [];

    internal record struct Group(string Comm, int UserStack, int KernelStack, long Samples, long Value);

    internal StackGroups(Profile profile)
    {
        _profile = profile;
        var samples = profile.Tables.Samples;
        var comms = CommOfThread(profile);
        var threads = samples.Values<int>("thread");
        var user = samples.Values<int>("user_stack");
        var kernel = samples.Values<int>("kernel_stack");
        var values = samples.Values<long>("value");
        var numbers = new Dictionary<(string, int, int), int>();
        for (var row = 0; row < threads.Length; row++)
        {
            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, (comms[threads[row]], user[row], kernel[row]), out var known);
            if (!known)
            {
                number = _groups.Count;
                _groups.Add(new Group(comms[threads[row]], user[row], kernel[row], 0, 0));
            }

            ref var group = ref CollectionsMarshal.AsSpan(_groups)[number];
            group.Samples++;
            group.Value += values[row];
        }
    }

    internal IReadOnlyList<Group> All => _groups;

    /// <summary>The frames of a group from the root to the leaf: the user's, then the kernel's.</summary>
    internal void FramesOf(in Group group, List<int> frames)
    {
        frames.Clear();
        frames.AddRange(_profile.Frames.PathOf(group.UserStack));
        frames.AddRange(_profile.Frames.PathOf(group.KernelStack));
    }

    /// <summary>The process's name for each thread.</summary>
    internal static string[] CommOfThread(Profile profile)
    {
        var processes = profile.Tables.Threads.Values<int>("process");
        var comms = profile.Tables.Processes.Text("comm");
        var names = new string[processes.Length];
        for (var thread = 0; thread < names.Length; thread++)
        {
            names[thread] = comms[processes[thread]] ?? "?";
        }

        return names;
    }
}

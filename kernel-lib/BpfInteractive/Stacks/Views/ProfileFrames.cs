using System.Globalization;

namespace BpfInteractive;

/// <summary>What kind of code a frame is in: what flame graphs colour by.</summary>
public enum FrameKind
{
    /// <summary>A program or library.</summary>
    User,

    /// <summary>The kernel, its modules and its BPF programs.</summary>
    Kernel,

    /// <summary>Code made at run time.</summary>
    Jit,

    /// <summary>In no known mapping.</summary>
    Unmapped,

    /// <summary>A function that the compiler put into its caller: a part of the frame before it, known where source lines are.</summary>
    Inlined,
}

/// <summary>One frame as people read it.</summary>
/// <param name="Text">The function's name; <c>libc.so.6+0x2a1b0</c> when only its file is known, <c>[unmapped]</c> when that is not.</param>
/// <param name="Module">The file's name.</param>
/// <param name="Kind">What kind of code it is.</param>
/// <param name="Reason">Why it has no function's name.</param>
public readonly record struct ProfileFrame(string Text, string Module, FrameKind Kind, FrameReason Reason);

/// <summary>The frames of a profile as people read them, one for each distinct text: all locations in a function share its frame. Immutable.</summary>
public sealed class ProfileFrames
{
    private readonly Profile _profile;
    private readonly int[] _ofLocation;
    private readonly int[]?[] _inlinedAt;
    private readonly int[]?[] _pathOfStack;
    private readonly List<ProfileFrame> _frames = [];

    internal ProfileFrames(Profile profile)
    {
        _profile = profile;
        _pathOfStack = new int[profile.Tables.Stacks.RowCount][];
        var locations = profile.Tables.Locations;
        var files = Enumerable.Range(0, profile.Tables.Files.RowCount).Select(profile.FileOf).ToArray();
        var numbers = new Dictionary<ProfileFrame, int>();
        var ofFile = locations.Values<int>("file");
        var offsets = locations.Values<ulong>("offset");
        _ofLocation = new int[locations.RowCount];
        _inlinedAt = new int[locations.RowCount][];
        for (var location = 0; location < _ofLocation.Length; location++)
        {
            var file = files[ofFile[location]];
            _ofLocation[location] = NumberOf(Describe(file, offsets[location], profile.Names.FunctionOf(location), profile.Names.ReasonOf(location)));
            if (profile.Names.LinesOf(location) is { Count: > 1 } lines)
            {
                _inlinedAt[location] = [.. lines.SkipLast(1).Reverse().Select(line => NumberOf(new ProfileFrame(line.Function.Length > 0 ? line.Function : "[inlined]", file.Name, FrameKind.Inlined, FrameReason.None)))];
            }
        }

        int NumberOf(ProfileFrame frame)
        {
            if (!numbers.TryGetValue(frame, out var number))
            {
                number = _frames.Count;
                numbers.Add(frame, number);
                _frames.Add(frame);
            }

            return number;
        }
    }

    /// <summary>The number of distinct frames.</summary>
    public int Count => _frames.Count;

    /// <summary>A frame by its number.</summary>
    public ProfileFrame this[int frame] => _frames[frame];

    /// <summary>The frame of a location: of the function that holds its code.</summary>
    public int OfLocation(int location) => _ofLocation[location];

    /// <summary>The frames of what was inlined at a location, from the function that holds the code inwards; none where no lines are known.</summary>
    public IReadOnlyList<int> InlinedAt(int location) => _inlinedAt[location] ?? [];

    /// <summary>The frames of a stack (a row of the table of stacks; -1 is none) from the root to the leaf, with what was inlined.</summary>
    public IReadOnlyList<int> PathOf(int stack)
    {
        if (stack < 0)
        {
            return [];
        }

        if (_pathOfStack[stack] is { } known)
        {
            return known;
        }

        var callers = _profile.Tables.Stacks.Values<int>("caller");
        var locations = _profile.Tables.Stacks.Values<int>("location");
        var path = new List<int>();
        for (var at = stack; at >= 0; at = callers[at])
        {
            // From the leaf on, so that what was inlined comes first, innermost first.
            for (var inner = InlinedAt(locations[at]).Count - 1; inner >= 0; inner--)
            {
                path.Add(InlinedAt(locations[at])[inner]);
            }

            path.Add(_ofLocation[locations[at]]);
        }

        path.Reverse();
        return _pathOfStack[stack] = [.. path];
    }

    private static ProfileFrame Describe(ProfileFile file, ulong offset, string? function, FrameReason reason)
    {
        var kind = file.Kind switch
        {
            ProfileFileKind.Jit => FrameKind.Jit,
            ProfileFileKind.Unmapped => FrameKind.Unmapped,
            var other when ProfileFileKinds.IsKernel(other) => FrameKind.Kernel,
            _ => FrameKind.User,
        };
        var text = function ?? kind switch
        {
            FrameKind.Unmapped => "[unmapped]",
            FrameKind.Kernel when reason is FrameReason.KernelHidden or FrameReason.Unmapped => "[kernel]",
            _ => string.Create(CultureInfo.InvariantCulture, $"{file.Name}+0x{offset:x}"),
        };
        return new ProfileFrame(text, file.Name, kind, function is null ? reason : FrameReason.None);
    }
}

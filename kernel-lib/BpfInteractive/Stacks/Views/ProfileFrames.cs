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
        for (var location = 0; location < _ofLocation.Length; location++)
        {
            var frame = Describe(files[ofFile[location]], offsets[location], profile.Names.FunctionOf(location), profile.Names.ReasonOf(location));
            if (!numbers.TryGetValue(frame, out var number))
            {
                number = _frames.Count;
                numbers.Add(frame, number);
                _frames.Add(frame);
            }

            _ofLocation[location] = number;
        }
    }

    /// <summary>The number of distinct frames.</summary>
    public int Count => _frames.Count;

    /// <summary>A frame by its number.</summary>
    public ProfileFrame this[int frame] => _frames[frame];

    /// <summary>The frame of a location.</summary>
    public int OfLocation(int location) => _ofLocation[location];

    /// <summary>The frames of a stack (a row of the table of stacks; -1 is none) from the root to the leaf.</summary>
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

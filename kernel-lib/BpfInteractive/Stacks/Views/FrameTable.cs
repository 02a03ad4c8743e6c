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

/// <summary>
/// The frames of a profile as people read them, one for each distinct text: all locations in a function share its frame. A frame without a name is <c>libc.so.6+0x2a1b0</c>
/// when its file is known, <c>[unmapped]</c> when it is not.
/// </summary>
internal sealed class FrameTable
{
    private readonly int[] _ofLocation;
    private readonly List<Frame> _frames = [];

    internal readonly record struct Frame(string Text, string Module, FrameKind Kind, FrameReason Reason);

    internal FrameTable(Profile profile)
    {
        var locations = profile.Tables.Locations;
        var files = Enumerable.Range(0, profile.Tables.Files.RowCount).Select(profile.FileOf).ToArray();
        var numbers = new Dictionary<Frame, int>();
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

    internal int Count => _frames.Count;

    internal Frame this[int frame] => _frames[frame];

    /// <summary>The frame of each location.</summary>
    internal ReadOnlySpan<int> OfLocation => _ofLocation;

    private static Frame Describe(ProfileFile file, ulong offset, string? function, FrameReason reason)
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
        return new Frame(text, file.Name, kind, function is null ? reason : FrameReason.None);
    }
}

using System.Globalization;

namespace BpfInteractive;

/// <summary>What has come of the stacks that were copied: how they were unwound, and why they end where they do.</summary>
internal sealed class UnwindCounts
{
    private readonly long[] _ends = new long[(int)UnwindEnd.TooDeep + 1];
    private long _stacks;
    private long _byPointer;
    private long _mixed;
    private long _frames;
    private long _bytes;
    private TimeSpan _time;

    internal long Stacks => _stacks;

    internal long AtRoot => _ends[(int)UnwindEnd.Root] + _byPointer;

    internal void Add(in UnwindResult result, int bytes, bool isByPointer)
    {
        _stacks++;
        _bytes += bytes;
        _frames += result.Frames;
        _byPointer += isByPointer ? 1 : 0;
        _mixed += !isByPointer && (result.Methods & UnwindMethods.FramePointers) != 0 ? 1 : 0;
        _ends[(int)result.End] += isByPointer ? 0 : 1;
    }

    /// <summary>Takes in the time that an unwinding took, also one that is tried again.</summary>
    internal void AddTime(TimeSpan time) => _time += time;

    /// <summary>A line for the profile's notes; null when nothing was copied.</summary>
    internal string? ToNote()
    {
        if (_stacks == 0)
        {
            return null;
        }

        var ends = Enum.GetValues<UnwindEnd>().Where(end => end != UnwindEnd.Root && _ends[(int)end] > 0).Select(end => string.Create(CultureInfo.InvariantCulture, $"{Words(end)} {_ends[(int)end]:N0}"));
        var rest = string.Join(", ", ends);
        return string.Create(CultureInfo.InvariantCulture,
            $"{_stacks:N0} user stacks were unwound ({(double)_bytes / _stacks / 1024:f1} KB each, dropped at once; {(double)_frames / _stacks:f1} frames, {_time.TotalMicroseconds / _stacks:f1} us): {100.0 * AtRoot / _stacks:f1} % reach a root; {_mixed:N0} followed frame pointers in part, {_byPointer:N0} altogether{(rest.Length > 0 ? "; the others end: " : "")}{rest}");
    }

    private static string Words(UnwindEnd end) => end switch
    {
        UnwindEnd.OutsideCode => "outside of code",
        UnwindEnd.OutsideCopy => "beyond what was copied",
        UnwindEnd.NoRule => "in code that says nothing",
        UnwindEnd.UnknownRegister => "at an unknown register",
        UnwindEnd.Damaged => "at a damaged rule",
        UnwindEnd.NoProgress => "in a circle",
        UnwindEnd.TooDeep => "at the most frames",
        _ => "for no known reason",
    };
}

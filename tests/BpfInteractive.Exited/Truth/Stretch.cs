using System.Globalization;

namespace BpfInteractive.Exited.Truth;

/// <summary>One line of the truth: a thread ran known code for a while. The layout is described in tests/targets/exited/truth.h.</summary>
/// <param name="Pid">The process (the kernel's tgid), in the outermost pid namespace.</param>
/// <param name="Tid">The thread.</param>
/// <param name="Kind">The kind of target.</param>
/// <param name="Function">What a sample in it has to be named; "-" where the line only says of which kind the process is.</param>
/// <param name="Start">The code's first address.</param>
/// <param name="End">The address past the code.</param>
/// <param name="FromNs">CLOCK_MONOTONIC when it began.</param>
/// <param name="ToNs">CLOCK_MONOTONIC when it ended; <see cref="ulong.MaxValue"/> when the process was to be killed in it.</param>
/// <param name="File">The file that the code was built into.</param>
/// <param name="CpuNs">The thread's time on a CPU; 0 when not known.</param>
public sealed record Stretch(
    int Pid, int Tid, string Kind, string Function, ulong Start, ulong End, ulong FromNs, ulong ToNs, string File, ulong CpuNs)
{
    /// <summary>Whether a time lies in it.</summary>
    public bool IsAt(ulong timeNs) => timeNs >= FromNs && timeNs <= ToNs;

    /// <summary>Whether this thread ran this code when it was sampled at an address.</summary>
    public bool Holds(ulong timeNs, ulong address) => address >= Start && address < End && IsAt(timeNs);

    /// <summary>Reads one line.</summary>
    public static Stretch Parse(string line)
    {
        var words = line.Split(' ');
        return words.Length == 10
            ? new(
                Int(words[0]), Int(words[1]), words[2], words[3], Hex(words[4]), Hex(words[5]), Long(words[6]), Long(words[7]), words[8],
                Long(words[9]))
            : throw new FormatException($"a line of the truth has {words.Length} words, not 10: {line}");
    }

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static ulong Long(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);

    private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

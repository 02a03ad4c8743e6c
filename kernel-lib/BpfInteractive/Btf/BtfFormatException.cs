namespace BpfInteractive;

/// <summary>BTF, or the ELF file around it, is damaged, cut short, or of a kind that is not read here.</summary>
public sealed class BtfFormatException : BpfException
{
    /// <summary>Makes an exception for malformed data.</summary>
    /// <param name="subject">What was read, for example "BTF".</param>
    /// <param name="offset">The byte offset in it at which the trouble was seen, or -1 where there is none.</param>
    /// <param name="problem">What is wrong there.</param>
    public BtfFormatException(string subject, long offset, string problem)
        : base("read", subject, detail: offset < 0 ? problem : $"at byte 0x{offset:x}: {problem}")
    {
        Offset = offset;
        Problem = problem;
    }

    /// <summary>The byte offset at which the trouble was seen, or -1 where there is none.</summary>
    public long Offset { get; }

    /// <summary>What is wrong there.</summary>
    public string Problem { get; }
}

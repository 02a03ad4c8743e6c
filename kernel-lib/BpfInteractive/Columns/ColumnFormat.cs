namespace BpfInteractive;

/// <summary>What the numbers of a column mean, and so how they are printed. The values themselves are never changed.</summary>
public enum ColumnFormat
{
    /// <summary>Plain: numbers in decimal, text as it is.</summary>
    None,

    /// <summary>An address: printed as 0x hex, and as a string in JSON.</summary>
    Address,

    /// <summary>Flags or an opaque number best read in hex: printed as 0x hex, and as a string in JSON.</summary>
    Hexadecimal,

    /// <summary>A duration or a point of the kernel's monotonic clock, in nanoseconds.</summary>
    Nanoseconds,

    /// <summary>A point in time as nanoseconds since 1970-01-01 UTC: printed as ISO 8601 with nine digits of the second.</summary>
    UnixNanoseconds,

    /// <summary>A size in bytes.</summary>
    Bytes,

    /// <summary>A process or thread id.</summary>
    Pid,
}

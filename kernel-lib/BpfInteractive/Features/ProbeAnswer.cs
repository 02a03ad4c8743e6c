namespace BpfInteractive;

/// <summary>Yes, perhaps with a value; or no, with the reason and perhaps a remedy.</summary>
internal readonly record struct ProbeAnswer(bool Available, string? Value, string? Reason, string? Remedy, int Errno)
{
    internal static ProbeAnswer Yes(string? value = null) => new(true, value, null, null, 0);

    internal static ProbeAnswer No(string reason, string? remedy = null, int errno = 0) => new(false, null, reason, remedy, errno);
}

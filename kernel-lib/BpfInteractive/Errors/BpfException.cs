namespace BpfInteractive;

/// <summary>
/// Something the kernel, libbpf or the C library refused. The message says what was tried, on what, what the kernel said and, where the
/// cause is known, what to do.
/// </summary>
public class BpfException : Exception
{
    /// <summary>Makes an exception for a refused operation.</summary>
    /// <param name="operation">What was tried, as a verb phrase: "attach", "look up in map".</param>
    /// <param name="subject">What it was tried on: a program, a map, a file, a process.</param>
    /// <param name="errno">The positive errno, or 0 when there was none.</param>
    /// <param name="detail">What the kernel said beyond the errno, or null.</param>
    /// <param name="hint">What to do; only where the cause is known.</param>
    /// <param name="innerException">The cause, if another exception is one.</param>
    public BpfException(string operation, string subject, int errno = 0, string? detail = null, string? hint = null, Exception? innerException = null)
        : base(Compose(operation, subject, errno, detail, hint), innerException)
    {
        Operation = operation;
        Subject = subject;
        Errno = errno;
        Detail = detail;
        Hint = hint;
    }

    /// <summary>What was tried, as a verb phrase.</summary>
    public string Operation { get; }

    /// <summary>What it was tried on.</summary>
    public string Subject { get; }

    /// <summary>The positive errno the kernel gave, or 0 when there was none (see errno(3)).</summary>
    public int Errno { get; }

    /// <summary>What the kernel or libbpf said beyond the errno, or null.</summary>
    public string? Detail { get; }

    /// <summary>What to do about it, or null where the cause is not known.</summary>
    public string? Hint { get; }

    private static string Compose(string operation, string subject, int errno, string? detail, string? hint)
    {
        var message = $"cannot {operation} {subject}";
        if (detail is not null)
        {
            message += $": {detail}";
        }

        if (errno != 0)
        {
            message += $" ({BpfInteractive.Interop.Errno.Describe(errno)})";
        }

        return hint is null ? message : $"{message}; {hint}";
    }
}

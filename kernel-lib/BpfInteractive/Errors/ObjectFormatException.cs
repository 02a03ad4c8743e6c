namespace BpfInteractive;

/// <summary>The bytes given are no BPF object: another kind of file, cut short, or damaged. libbpf has not seen them.</summary>
public sealed class ObjectFormatException : BpfException
{
    /// <summary>Makes an exception for a file that is no BPF object.</summary>
    /// <param name="subject">The object or file.</param>
    /// <param name="detail">What is wrong, and where.</param>
    /// <param name="hint">What to do, or null.</param>
    /// <param name="innerException">The cause, if another exception is one.</param>
    public ObjectFormatException(string subject, string detail, string? hint = null, Exception? innerException = null)
        : base("open", subject, 0, detail, hint, innerException)
    {
    }
}

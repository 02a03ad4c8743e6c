namespace BpfInteractive;

/// <summary>
/// What a number in a record means, as far as its declaration tells: a pointer is an address, a <c>pid_t</c> a process id; otherwise the field's
/// name decides, by the few endings that kernel code and BPF tools use for one thing only.
/// </summary>
internal static class FieldFormats
{
    private static readonly string[] s_addresses = ["addr", "address", "ip", "pc", "sp", "ptr", "stack", "stacktrace"];
    private static readonly string[] s_pids = ["pid", "tid", "tgid", "ppid"];

    internal static ColumnFormat Of(string fieldName, BtfType type)
    {
        if (type.Resolve().Kind == BtfKind.Pointer)
        {
            return ColumnFormat.Address;
        }

        var last = fieldName[(fieldName.LastIndexOf('.') + 1)..];
        return type.SizeBytes switch
        {
            4 when IsPid(type) || EndsWithWord(last, s_pids) => ColumnFormat.Pid,
            8 when EndsWithWord(last, ["ns"]) => ColumnFormat.Nanoseconds,
            8 when !type.IsSigned && EndsWithWord(last, s_addresses) => ColumnFormat.Address,
            _ => ColumnFormat.None,
        };
    }

    private static bool IsPid(BtfType type) => type.Kind == BtfKind.Typedef && type.Name is "pid_t" or "__kernel_pid_t";

    /// <summary>Whether a name is one of the words, or ends in one behind an underscore (or, for stacks, one letter: <c>ustack</c>).</summary>
    private static bool EndsWithWord(string name, string[] words)
    {
        foreach (var word in words)
        {
            var before = name.Length - word.Length;
            if (name.EndsWith(word, StringComparison.Ordinal) && (before == 0 || name[before - 1] == '_' || (word == "stack" && before == 1)))
            {
                return true;
            }
        }

        return false;
    }
}

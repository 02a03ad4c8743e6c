namespace BpfInteractive;

/// <summary>A C# struct does not lie in memory as the C type does. The message lists every difference.</summary>
public sealed class BtfLayoutException : BpfException
{
    internal BtfLayoutException(Type managed, string native, string subject, IReadOnlyList<string> differences)
        : base(
            $"read as {managed.Name}",
            subject,
            0,
            $"it holds '{native}'" + string.Concat(differences.Select(difference => "\n  " + difference)),
            "\n  give the struct [StructLayout(LayoutKind.Sequential)] or Explicit, and the fields the names, order and sizes of the C members")
    {
        ManagedType = managed;
        NativeType = native;
        Differences = differences;
    }

    /// <summary>The C# struct.</summary>
    public Type ManagedType { get; }

    /// <summary>The C type.</summary>
    public string NativeType { get; }

    /// <summary>One sentence for each difference: "pid is at byte 4 here and at 0 in C".</summary>
    public IReadOnlyList<string> Differences { get; }
}

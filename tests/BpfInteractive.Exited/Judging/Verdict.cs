namespace BpfInteractive.Exited.Judging;

/// <summary>What one leaf came to.</summary>
public enum Verdict
{
    /// <summary>The profiler was refused a look at the process, and says so.</summary>
    Refused,

    /// <summary>Not in any mapping that the profiler knows.</summary>
    Unmapped,

    /// <summary>Known code, named as the truth has it, in the right file at the right place.</summary>
    Right,

    /// <summary>Named or placed as something that it is not.</summary>
    Wrong,

    /// <summary>Known code without a name.</summary>
    Unnamed,

    /// <summary>Known code without a name, whose file was gone before it could be read, as the profiler says.</summary>
    FileGone,

    /// <summary>Mapped; in code of which the truth says nothing (the loader, libc).</summary>
    Elsewhere,
}

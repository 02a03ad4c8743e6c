namespace BpfInteractive;

/// <summary>Why a stack ends where it does.</summary>
internal enum UnwindEnd : byte
{
    /// <summary>It is not known: nobody unwound it.</summary>
    Unknown,

    /// <summary>At a root: what starts a thread or a program, and has no caller.</summary>
    Root,

    /// <summary>A caller lay in no executable mapping that is known.</summary>
    OutsideCode,

    /// <summary>A frame lay outside of the stack's copy: that was cut, or the stack goes on elsewhere.</summary>
    OutsideCopy,

    /// <summary>Nothing is known of the code, and its frame pointer does not point at a frame.</summary>
    NoRule,

    /// <summary>A rule needs a register whose value is not known any more.</summary>
    UnknownRegister,

    /// <summary>What the file says of the code is damaged.</summary>
    Damaged,

    /// <summary>The frame's caller would lie below it, or be the frame itself.</summary>
    NoProgress,

    /// <summary>There are more frames than are kept.</summary>
    TooDeep,
}

/// <summary>How frames were found.</summary>
[Flags]
internal enum UnwindMethods : byte
{
    None = 0,

    /// <summary>By what the files say of their code (.eh_frame, .debug_frame).</summary>
    Tables = 1,

    /// <summary>By frame pointers, where nothing is said.</summary>
    FramePointers = 2,
}

/// <summary>A frame.</summary>
/// <param name="Address">Where the CPU was, or will be.</param>
/// <param name="IsExact">Whether it was there: the leaf, and what a signal interrupted. Else the address is one to return to, and the call lies before it.</param>
internal readonly record struct UnwindFrame(ulong Address, bool IsExact);

/// <summary>How an unwinding went.</summary>
/// <param name="Frames">How many frames were found.</param>
/// <param name="Methods">How.</param>
/// <param name="End">Why there are no more.</param>
internal readonly record struct UnwindResult(int Frames, UnwindMethods Methods, UnwindEnd End);

/// <summary>The executable mapping that holds an address.</summary>
/// <param name="Start">Its first address.</param>
/// <param name="Offset">Where that lies in the file.</param>
/// <param name="Table">What is known of the file's code; null for nothing.</param>
/// <param name="IsAnonymous">Whether it is code made at run time, in no file.</param>
internal readonly record struct UnwindMapping(ulong Start, ulong Offset, UnwindTable? Table, bool IsAnonymous);

/// <summary>Where a process's code lies.</summary>
internal interface IUnwindMappings
{
    /// <summary>The executable mapping that holds an address.</summary>
    bool TryFind(ulong address, out UnwindMapping mapping);
}

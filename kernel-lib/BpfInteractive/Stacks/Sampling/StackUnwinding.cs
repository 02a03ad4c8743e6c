namespace BpfInteractive;

/// <summary>How the callers of user code are found.</summary>
public enum StackUnwinding
{
    /// <summary>By frame pointers, in the kernel: cheap, whole where all code has them, and short or wrong where it has not.</summary>
    FramePointers,

    /// <summary>
    /// By what the files say of their code (.eh_frame, .debug_frame): registers and the live part of the stack go with each sample; user space unwinds at once and drops the
    /// bytes. Frame pointers are followed where nothing is said: in code made at run time.
    /// </summary>
    Tables,

    /// <summary>As <see cref="Tables"/>; a stack that does not reach a root so, but does by frame pointers, is taken as those give it.</summary>
    Auto,
}

namespace BpfInteractive;

/// <summary>How the mappings of sampled processes come to be known; found by probing, never by the kernel's version.</summary>
internal enum SamplerMode
{
    /// <summary>Each frame is looked up in the kernel before the task returns to user space.</summary>
    Deferred,

    /// <summary>User space takes a process's mappings when it is first seen, and when they change in number.</summary>
    OnRequest,
}

/// <summary>What the modes lose, as a profile's notes say it.</summary>
internal static class SamplerModes
{
    /// <summary>What a reader of the profile must know; null where nothing is lost.</summary>
    internal static string? NoteOf(SamplerMode mode, string why, string engine) => mode == SamplerMode.Deferred
        ? null
        : $"{why}: mappings are taken from user space (engine {engine}) when a program starts or a process is first seen, and when their number or size changes; frames of processes that are gone by "
          + "then, and of code that was unmapped or replaced meanwhile, stay unmapped unless a build id came with them";
}

namespace BpfInteractive;

/// <summary>What is true of a sample beside its stacks.</summary>
[Flags]
public enum SampleFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It was taken in the kernel: the kernel's leaf is where the CPU was.</summary>
    KernelMode = 1,

    /// <summary>The user stack was deeper than what is kept: its root side is missing.</summary>
    UserTruncated = 2,

    /// <summary>The kernel stack was deeper than what is kept: its root side is missing.</summary>
    KernelTruncated = 4,

    /// <summary>
    /// The root side of the user stack is missing: it ends where a frame lay outside all code (code without frame pointers) or, with <see cref="UserUnwound"/>, elsewhere than at
    /// a root.
    /// </summary>
    UserBroken = 8,

    /// <summary>The user stack could not be read.</summary>
    UserFailed = 16,

    /// <summary>The kernel stack could not be read.</summary>
    KernelFailed = 32,

    /// <summary>What lay at its user frames could not be looked up when it was taken: its user stack is its leaf alone, in no mapping.</summary>
    LookupRefused = 64,

    /// <summary>The user stack was unwound by what its files say of their code. Without <see cref="UserBroken"/> and <see cref="UserTruncated"/> it ends at a root.</summary>
    UserUnwound = 128,
}

/// <summary>One sample as it is added: all but its addresses.</summary>
/// <param name="TimeNs">When, on CLOCK_MONOTONIC.</param>
/// <param name="Cpu">Where.</param>
/// <param name="Thread">Whose, as <see cref="ProfileBuilder.AddThread"/> numbered it.</param>
/// <param name="Mm">The address space of the user addresses, as <see cref="ProfileBuilder.AddMm"/> numbered it; -1 for a kernel thread.</param>
/// <param name="Value">What it weighs, in the profile's unit: for cpu-clock nanoseconds.</param>
/// <param name="Period">How many events lay between this sample and the one before.</param>
/// <param name="Flags">What else is true of it.</param>
/// <param name="MappingsNs">
/// The moment at which the address space was as it was for the sample, if that is another than <paramref name="TimeNs"/>: a snapshot asked for by the sample itself is
/// taken a little later, before the process runs on. 0 for the sample's own time.
/// </param>
public readonly record struct ProfileSample(
    long TimeNs, int Cpu, int Thread, int Mm, long Value, long Period, SampleFlags Flags = SampleFlags.None, long MappingsNs = 0);

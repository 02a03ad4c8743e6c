using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>What the kernel knows of a loaded program.</summary>
public sealed record BpfProgramInfo
{
    /// <summary>Its number, as <c>bpftool prog</c> shows it.</summary>
    public required int Id { get; init; }

    /// <summary>A hash of its instructions, in hex.</summary>
    public required string Tag { get; init; }

    /// <summary>How many instructions it has after the verifier rewrote it; 0 where this process may not see them.</summary>
    public required int InstructionCount { get; init; }

    /// <summary>The bytes of its machine code; 0 where it is interpreted or this process may not see them.</summary>
    public required int JitedSizeBytes { get; init; }

    /// <summary>How many instructions the verifier walked (since Linux 5.16; else 0).</summary>
    public required int VerifiedInstructions { get; init; }

    /// <summary>The time it ran while statistics were on (<see cref="BpfStatistics"/>), all CPUs together.</summary>
    public required TimeSpan RunTime { get; init; }

    /// <summary>How often it ran while statistics were on.</summary>
    public required long RunCount { get; init; }

    /// <summary>How often it was skipped because it was running already on that CPU (since Linux 5.12).</summary>
    public required long RecursionMisses { get; init; }

    /// <summary>When it was loaded, since the machine started.</summary>
    public required TimeSpan LoadedAt { get; init; }
}

/// <summary>Ids, sizes and run statistics.</summary>
public sealed unsafe partial class BpfProgram
{
    private const int InstructionLength = 8;

    /// <summary>Its number in the kernel, as <c>bpftool prog</c> shows it.</summary>
    public int Id => ReadInfo().Id;

    /// <summary>Asks the kernel about the program, its run statistics included.</summary>
    /// <returns>The state now.</returns>
    /// <exception cref="BpfException">The kernel refuses.</exception>
    public BpfProgramInfo ReadInfo()
    {
        var info = Query(default);
        return new BpfProgramInfo
        {
            Id = (int)info.Id,
            Tag = Convert.ToHexString(new ReadOnlySpan<byte>(info.Tag, 8)).ToLowerInvariant(),
            InstructionCount = (int)info.XlatedLength / InstructionLength,
            JitedSizeBytes = (int)info.JitedLength,
            VerifiedInstructions = (int)info.VerifiedInstructions,
            RunTime = TimeSpan.FromTicks((long)info.RunTimeNs / TimeSpan.NanosecondsPerTick),
            RunCount = (long)info.RunCount,
            RecursionMisses = (long)info.RecursionMisses,
            LoadedAt = TimeSpan.FromTicks((long)info.LoadTime / TimeSpan.NanosecondsPerTick),
        };
    }

    /// <summary>The instructions as the verifier left them, 8 bytes each (struct bpf_insn).</summary>
    /// <returns>The instructions; empty where this process may not see them.</returns>
    /// <exception cref="BpfException">The kernel refuses.</exception>
    public byte[] ReadInstructions()
    {
        var instructions = new byte[Query(default).XlatedLength];
        if (instructions.Length == 0)
        {
            return [];
        }

        // SAFETY: the buffer is pinned until the call has returned, and the kernel is told its length.
        fixed (byte* pointer = instructions)
        {
            var info = Query(new ProgramInfo { XlatedInstructions = (ulong)pointer, XlatedLength = (uint)instructions.Length });
            return info.XlatedInstructions == 0 ? [] : instructions;
        }
    }

    private ProgramInfo Query(ProgramInfo info)
    {
        using var lease = Borrow();
        Errno.ThrowIfNegative(BpfSyscall.GetInfo(Fd, ref info), "describe", $"program '{Name}'");
        return info;
    }
}

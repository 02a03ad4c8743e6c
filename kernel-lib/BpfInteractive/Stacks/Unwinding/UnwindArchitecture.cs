namespace BpfInteractive;

/// <summary>What an unwinder must know of a processor: the numbers that DWARF gives its registers, and which of them a call leaves as they are. Another processor is a table more.</summary>
internal sealed class UnwindArchitecture
{
    private UnwindArchitecture()
    {
    }

    /// <summary>The most registers of any processor here.</summary>
    internal const int MostRegisters = 33;

    /// <summary>x86-64: 0 to 15 as in the System V ABI's figure 3.36 (rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp, r8 to r15), 16 for rip.</summary>
    internal static UnwindArchitecture X64 { get; } = new()
    {
        Machine = 62,
        Registers = 17,
        StackPointer = 7,
        FramePointer = 6,
        ProgramCounter = 16,
        KeptByCalls = Bits(3, 6, 12, 13, 14, 15),
        ChangedBySystemCalls = Bits(0, 2, 11),
        CallPushesReturn = true,
    };

    /// <summary>aarch64: 0 to 30 for x0 to x30, 31 for sp, 32 for pc (DWARF for the Arm 64-bit Architecture). Calls leave the return address in x30.</summary>
    internal static UnwindArchitecture Arm64 { get; } = new()
    {
        Machine = 183,
        Registers = 33,
        StackPointer = 31,
        FramePointer = 29,
        ProgramCounter = 32,
        KeptByCalls = Bits(19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29),
        ChangedBySystemCalls = Bits(0),
        AddressBits = 48,
    };

    /// <summary>e_machine of its ELF files.</summary>
    internal required ushort Machine { get; init; }

    internal required int Registers { get; init; }

    internal required int StackPointer { get; init; }

    internal required int FramePointer { get; init; }

    internal required int ProgramCounter { get; init; }

    /// <summary>A bit for each register that has the caller's value where nothing is said of it.</summary>
    internal required ulong KeptByCalls { get; init; }

    /// <summary>A bit for each register that a system call leaves with another value.</summary>
    internal required ulong ChangedBySystemCalls { get; init; }

    /// <summary>Whether a call pushes the return address, so that the caller's stack pointer is always above the callee's.</summary>
    internal bool CallPushesReturn { get; init; }

    /// <summary>How many bits of an address count; above them a signed return address has its signature. 64 where there are none.</summary>
    internal int AddressBits { get; init; } = 64;

    /// <summary>An address without a signature.</summary>
    internal ulong Strip(ulong address) => AddressBits == 64 ? address : address & ((1ul << AddressBits) - 1);

    private static ulong Bits(params ReadOnlySpan<int> registers)
    {
        var bits = 0ul;
        foreach (var register in registers)
        {
            bits |= 1ul << register;
        }

        return bits;
    }
}

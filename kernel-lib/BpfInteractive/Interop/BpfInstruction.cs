using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>One BPF instruction (struct bpf_insn): what small programs are made of without a compiler.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly struct BpfInstruction
{
    private const byte MoveImmediate64 = 0xb7;
    private const byte MoveRegister64 = 0xbf;
    private const byte AddImmediate64 = 0x07;
    private const byte LoadImmediate64 = 0x18;
    private const byte StoreImmediate64 = 0x7a;
    private const byte StoreImmediate32 = 0x62;
    private const byte CallOperation = 0x85;
    private const byte ExitOperation = 0x95;
    private const byte MapDescriptorSource = 1;
    private const byte KernelFunctionSource = 2;

    private readonly byte _code;
    private readonly byte _registers;
    private readonly short _offset;
    private readonly int _immediate;

    private BpfInstruction(byte code, byte destination = 0, byte source = 0, short offset = 0, int immediate = 0)
    {
        _code = code;
        _registers = (byte)(destination | (source << 4));
        _offset = offset;
        _immediate = immediate;
    }

    /// <summary>Ends the program or the function; r0 is its result.</summary>
    internal static BpfInstruction Exit => new(ExitOperation);

    /// <summary>rN = value.</summary>
    internal static BpfInstruction Move(byte register, int value) => new(MoveImmediate64, register, immediate: value);

    /// <summary>rN = rM.</summary>
    internal static BpfInstruction Copy(byte destination, byte source) => new(MoveRegister64, destination, source);

    /// <summary>rN += value.</summary>
    internal static BpfInstruction Add(byte register, int value) => new(AddImmediate64, register, immediate: value);

    /// <summary>*(u64 *)(rN + offset) = value.</summary>
    internal static BpfInstruction Store64(byte register, short offset, int value) => new(StoreImmediate64, register, offset: offset, immediate: value);

    /// <summary>*(u32 *)(rN + offset) = value.</summary>
    internal static BpfInstruction Store32(byte register, short offset, int value) => new(StoreImmediate32, register, offset: offset, immediate: value);

    /// <summary>Calls a helper by its number (enum bpf_func_id).</summary>
    internal static BpfInstruction CallHelper(int helper) => new(CallOperation, immediate: helper);

    /// <summary>Calls a kernel function by its id in the kernel's BTF.</summary>
    internal static BpfInstruction CallKernelFunction(int btfId) => new(CallOperation, source: KernelFunctionSource, immediate: btfId);

    /// <summary>rN = the map behind a descriptor; two slots wide.</summary>
    internal static BpfInstruction[] LoadMap(byte register, int mapFd) =>
        [new(LoadImmediate64, register, MapDescriptorSource, immediate: mapFd), default];
}

using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>A program of an object that is not loaded yet, with what can be set before load.</summary>
public sealed unsafe partial class OpenBpfProgram
{
    private readonly OpenBpfObject _object;
    private readonly nint _pointer;

    internal OpenBpfProgram(OpenBpfObject owner, nint pointer)
    {
        _object = owner;
        _pointer = pointer;
        Name = Marshal.PtrToStringUTF8((nint)LibBpf.bpf_program__name(pointer)) ?? "";
        Section = Marshal.PtrToStringUTF8((nint)LibBpf.bpf_program__section_name(pointer)) ?? "";
    }

    /// <summary>The function's name in the C source.</summary>
    public string Name { get; }

    /// <summary>Its SEC(...).</summary>
    public string Section { get; }

    /// <summary>How many instructions it has before load (of its own; functions it calls are added then).</summary>
    public int InstructionCount => (int)LibBpf.bpf_program__insn_cnt(Pointer);

    /// <summary>Whether load takes it into the kernel. Off by default for sections that begin with '?'.</summary>
    public bool Autoload
    {
        get => LibBpf.bpf_program__autoload(Pointer);
        set => Errno.ThrowIfNegative(LibBpf.bpf_program__set_autoload(Pointer, value), "set the autoload of", Subject);
    }

    /// <summary>The kernel's program type, by default from the section.</summary>
    public BpfProgramType Type
    {
        get => (BpfProgramType)LibBpf.bpf_program__type(Pointer);
        set => Errno.ThrowIfNegative(LibBpf.bpf_program__set_type(Pointer, (uint)value), "set the type of", Subject);
    }

    /// <summary>The kernel's expected attach type, by default from the section.</summary>
    public BpfAttachType ExpectedAttachType
    {
        get => (BpfAttachType)LibBpf.bpf_program__expected_attach_type(Pointer);
        set => Errno.ThrowIfNegative(
            LibBpf.bpf_program__set_expected_attach_type(Pointer, (uint)value), "set the expected attach type of", Subject);
    }

    internal string Subject => $"program '{Name}'";

    private nint Pointer
    {
        get
        {
            _object.ThrowIfSpent();
            return _pointer;
        }
    }

    /// <summary>"on_open (tracepoint/syscalls/sys_enter_openat)".</summary>
    public override string ToString() => $"{Name} ({Section})";
}

using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>A program of an object that is not loaded yet, with what can be set before load.</summary>
public sealed unsafe class OpenBpfProgram
{
    private const int InstructionLength = 8;

    private readonly OpenBpfObject _object;
    private readonly nint _pointer;

    internal OpenBpfProgram(OpenBpfObject owner, nint pointer, ObjectImage image)
    {
        _object = owner;
        _pointer = pointer;
        Name = Marshal.PtrToStringUTF8((nint)LibBpf.bpf_program__name(pointer)) ?? "";
        Section = Marshal.PtrToStringUTF8((nint)LibBpf.bpf_program__section_name(pointer)) ?? "";
        OwnInstructions = (int)LibBpf.bpf_program__insn_cnt(pointer);
        var symbol = image.FunctionsOf(Section).FirstOrDefault(function => function.Name == Name);
        FirstInstruction = (int)symbol.Value / InstructionLength;
    }

    /// <summary>The function's name in the C source.</summary>
    public string Name { get; }

    /// <summary>Its SEC(...).</summary>
    public string Section { get; }

    /// <summary>Whether load takes it into the kernel. Off by default for sections that begin with '?'.</summary>
    public bool Autoload
    {
        get => LibBpf.bpf_program__autoload(Pointer);
        set => Errno.ThrowIfNegative(LibBpf.bpf_program__set_autoload(Pointer, value), "set the autoload of", Subject);
    }

    /// <summary>The kernel's program type, by default from the section; Unspecified for a section that libbpf does not know.</summary>
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

    /// <summary>The <c>BPF_F_*</c> load flags, by default from the section (sleepable for ".s").</summary>
    public uint Flags
    {
        get => LibBpf.bpf_program__flags(Pointer);
        set => Errno.ThrowIfNegative(LibBpf.bpf_program__set_flags(Pointer, value), "set the flags of", Subject);
    }

    /// <summary>How many instructions it has before load, without the functions that it calls.</summary>
    internal int OwnInstructions { get; }

    /// <summary>Where its instructions begin in its section.</summary>
    internal int FirstInstruction { get; }

    internal string Subject => $"program '{Name}'";

    internal nint Pointer
    {
        get
        {
            _object.ThrowIfSpent();
            return _pointer;
        }
    }

    /// <summary>
    /// Sets what a fentry, fexit, fmod_ret, tp_btf, LSM or iterator program attaches to, in place of its section's target.
    /// </summary>
    /// <param name="function">The kernel function, tracepoint or hook.</param>
    /// <exception cref="BpfException">This kernel has none of that name.</exception>
    public void SetAttachTarget(string function)
    {
        ArgumentException.ThrowIfNullOrEmpty(function);
        SetTarget(0, function);
    }

    /// <summary>Sets the function of another loaded BPF program that an fentry, fexit or freplace program attaches to.</summary>
    /// <param name="program">The loaded program.</param>
    /// <param name="function">Its function.</param>
    /// <exception cref="BpfException">It has no function of that name.</exception>
    public void SetAttachTarget(BpfProgram program, string function)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(function);
        using var lease = program.Borrow();
        SetTarget(program.Fd, function);
    }

    /// <summary>"on_open (tracepoint/syscalls/sys_enter_openat)".</summary>
    public override string ToString() => $"{Name} ({Section})";

    private void SetTarget(int programFd, string function)
    {
        using var messages = LibBpfMessages.Capture();
        var result = LibBpf.bpf_program__set_attach_target(Pointer, programFd, function);
        if (result < 0)
        {
            throw LoadFailure.OfAttachTarget(this, function, -result, messages.Lines);
        }
    }
}

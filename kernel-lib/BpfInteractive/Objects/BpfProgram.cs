using System.Runtime.InteropServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>A program of a loaded object.</summary>
/// <remarks>Borrows from its object and is valid as long as that is open.</remarks>
public sealed unsafe partial class BpfProgram
{
    private readonly nint _pointer;
    private readonly int _fd;

    internal BpfProgram(BpfObject owner, nint pointer, ProgramLogs logs)
    {
        Object = owner;
        _pointer = pointer;
        _fd = Math.Max(LibBpf.bpf_program__fd(pointer), -1);
        Name = Marshal.PtrToStringUTF8((nint)LibBpf.bpf_program__name(pointer)) ?? "";
        Section = Marshal.PtrToStringUTF8((nint)LibBpf.bpf_program__section_name(pointer)) ?? "";
        Type = (BpfProgramType)LibBpf.bpf_program__type(pointer);
        ExpectedAttachType = (BpfAttachType)LibBpf.bpf_program__expected_attach_type(pointer);
        VerifierLog = logs.OfAccepted(Name) is { } log ? VerifierLogBuffer.Text(log) : null;
    }

    /// <summary>The object it belongs to.</summary>
    public BpfObject Object { get; }

    /// <summary>The function's name in the C source.</summary>
    public string Name { get; }

    /// <summary>Its SEC(...): what it is attached to by default.</summary>
    public string Section { get; }

    /// <summary>The kernel's program type.</summary>
    public BpfProgramType Type { get; }

    /// <summary>The kernel's expected attach type; meaningful for the types that have one.</summary>
    public BpfAttachType ExpectedAttachType { get; }

    /// <summary>What the verifier wrote; null unless <see cref="OpenBpfObject.LogLevel"/> was set.</summary>
    public string? VerifierLog { get; }

    /// <summary>Whether it is in the kernel; false when its autoload was off.</summary>
    public bool IsLoaded => _fd >= 0;

    /// <summary>The <c>struct bpf_program*</c>; hold a <see cref="Borrow"/> while using it.</summary>
    internal nint Pointer
    {
        get
        {
            Object.ThrowIfDisposed();
            return _pointer;
        }
    }

    /// <summary>The descriptor; hold a <see cref="Borrow"/> while using it.</summary>
    internal int Fd
    {
        get
        {
            Object.ThrowIfDisposed();
            return _fd >= 0 ? _fd : throw new InvalidOperationException($"program '{Name}' was not loaded: its autoload was off");
        }
    }

    /// <summary>"on_open (tracepoint/syscalls/sys_enter_openat)".</summary>
    public override string ToString() => $"{Name} ({Section})";

    /// <summary>Keeps the object open for the length of a call.</summary>
    internal HandleLease Borrow() => new(Object.Handle);
}

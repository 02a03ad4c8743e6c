using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>What a test run is given.</summary>
public sealed record ProgramInput
{
    /// <summary>The context: the argument struct of a syscall program, the arguments of a raw tracepoint, a struct __sk_buff or xdp_md.</summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>The packet, for the types that work on one (at least 14 bytes).</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>How often to run; above 1 for types that work on packets only.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>The CPU to run on, for raw tracepoints; null for this one.</summary>
    public int? Cpu { get; init; }
}

/// <summary>What a test run gave.</summary>
/// <param name="ReturnValue">The program's own result.</param>
/// <param name="Duration">The mean of one run, as the kernel measured it; zero for types that it does not measure.</param>
/// <param name="Context">The context afterwards; empty where the type gives none back.</param>
/// <param name="Data">The packet afterwards; empty where there was none.</param>
public sealed record ProgramOutput(uint ReturnValue, TimeSpan Duration, byte[] Context, byte[] Data);

/// <summary>Running a program by hand.</summary>
public sealed unsafe partial class BpfProgram
{
    /// <summary>BPF_F_TEST_RUN_ON_CPU of include/uapi/linux/bpf.h.</summary>
    private const uint RunOnCpu = 1;

    /// <summary>What a program may add to the front of a packet (XDP_PACKET_HEADROOM) and more.</summary>
    private const int RoomToGrow = 512;

    /// <summary>Runs the program once (BPF_PROG_TEST_RUN): for syscall programs the way they are used, for others a test.</summary>
    /// <param name="input">Context and packet, or null for none.</param>
    /// <returns>The result, the context and the packet afterwards.</returns>
    /// <exception cref="BpfException">The kernel refuses: this type cannot be run, or the context has another size than it wants.</exception>
    public ProgramOutput Run(ProgramInput? input = null)
    {
        input ??= new ProgramInput();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(input.Repeat);
        using var lease = Borrow();
        var context = input.Context.ToArray();
        var isPacket = !input.Data.IsEmpty;
        var contextOut = isPacket ? new byte[context.Length] : [];
        var dataOut = isPacket ? new byte[input.Data.Length + RoomToGrow] : [];

        // SAFETY: every buffer is pinned until the call has returned, and the kernel is told each one's length.
        fixed (byte* contextPointer = context, contextOutPointer = contextOut, dataOutPointer = dataOut, data = input.Data.Span)
        {
            var options = new LibBpf.TestRunOptions
            {
                Size = (nuint)sizeof(LibBpf.TestRunOptions),
                ContextIn = contextPointer,
                ContextSizeIn = (uint)context.Length,
                ContextOut = contextOutPointer,
                ContextSizeOut = (uint)contextOut.Length,
                DataIn = data,
                DataSizeIn = (uint)input.Data.Length,
                DataOut = dataOutPointer,
                DataSizeOut = (uint)dataOut.Length,
                Repeat = input.Repeat > 1 ? input.Repeat : 0,
                Cpu = (uint)(input.Cpu ?? 0),
                Flags = input.Cpu is null ? 0 : RunOnCpu,
            };
            ThrowIfRefused(LibBpf.bpf_prog_test_run_opts(Fd, &options));
            return new ProgramOutput(
                options.ReturnValue,
                TimeSpan.FromTicks(options.Duration / TimeSpan.NanosecondsPerTick),
                isPacket ? contextOut[..(int)options.ContextSizeOut] : context,
                isPacket ? dataOut[..(int)options.DataSizeOut] : []);
        }
    }

    /// <summary>Runs a program with a struct as its context; a syscall program's changes to it come back.</summary>
    /// <typeparam name="T">An unmanaged struct laid out as the program's argument.</typeparam>
    /// <param name="context">The argument; afterwards as the program left it.</param>
    /// <returns>The program's own result.</returns>
    /// <exception cref="BpfException">The kernel refuses.</exception>
    public uint Run<T>(ref T context)
        where T : unmanaged
    {
        using var lease = Borrow();

        // SAFETY: the struct is pinned until the call has returned; a syscall program's context is read and written in place.
        fixed (T* pointer = &context)
        {
            var options = new LibBpf.TestRunOptions { Size = (nuint)sizeof(LibBpf.TestRunOptions), ContextIn = pointer, ContextSizeIn = (uint)sizeof(T) };
            ThrowIfRefused(LibBpf.bpf_prog_test_run_opts(Fd, &options));
            return options.ReturnValue;
        }
    }

    private void ThrowIfRefused(int result)
    {
        if (result >= 0)
        {
            return;
        }

        var (detail, hint) = -result switch
        {
            Errno.ENOTSUPP or Errno.EOPNOTSUPP => ($"programs of type {Type} cannot be run by hand", "attach it instead"),
            Errno.EINVAL => ("the context or the packet is not what this type wants", "give a packet of at least 14 bytes to packet programs, a context of the argument's size to others, and Repeat 1"),
            Errno.EPERM => ("this process may not run it", Rights.Missing()),
            _ => (null, null),
        };
        throw new BpfException("run", $"program '{Name}'", -result, detail, hint);
    }
}

using System.Runtime.InteropServices;

namespace BpfInteractive.Tests.Stacks.Unwinding;

/// <summary>One moment of a thread: its registers by DWARF number, its stack from the stack pointer on, and what lies below that.</summary>
internal sealed record StackMoment(ulong[] Registers, byte[] Stack, byte[] Below)
{
    internal const int StackPointer = 7;
    internal const int ProgramCounter = 16;
}

/// <summary>A thread that is stopped by ptrace at any moment, and walked instruction by instruction. All calls come from the thread that made it.</summary>
internal sealed unsafe partial class TracedThread : IDisposable
{
    private const int SingleStep = 9;
    private const int GetRegisters = 12;
    private const int Continue = 7;
    private const int Detach = 17;
    private const int Seize = 0x4206;
    private const int Interrupt = 0x4207;
    private const int AnyChild = 0x40000000;
    private const int TrapSignal = 5;
    private const int LargestStack = 256 << 10;

    /// <summary>Where struct user_regs_struct keeps the registers 0 to 16 of DWARF.</summary>
    private static readonly int[] s_places = [10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16];

    private readonly int _tid;
    private readonly FileStream _memory;

    private TracedThread(int pid, int tid)
    {
        _tid = tid;
        _memory = new FileStream($"/proc/{pid}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
    }

    internal static TracedThread Attach(int pid, int tid)
    {
        Check(ptrace(Seize, tid, 0, 0), "PTRACE_SEIZE");
        return new TracedThread(pid, tid);
    }

    /// <summary>Stops it wherever it is.</summary>
    internal void Stop()
    {
        Check(ptrace(Interrupt, _tid, 0, 0), "PTRACE_INTERRUPT");
        Wait();
    }

    /// <summary>Lets it go on.</summary>
    internal void Run() => Check(ptrace(Continue, _tid, 0, 0), "PTRACE_CONT");

    /// <summary>Goes on by one instruction; signals that come meanwhile are delivered.</summary>
    internal void Step()
    {
        Check(ptrace(SingleStep, _tid, 0, _signal), "PTRACE_SINGLESTEP");
        Wait();
    }

    private int _signal;

    /// <summary>What the stopped thread is at.</summary>
    internal StackMoment Take()
    {
        var raw = new ulong[27];
        fixed (ulong* to = raw)
        {
            Check(ptrace(GetRegisters, _tid, 0, (nint)to), "PTRACE_GETREGS");
        }

        var registers = Array.ConvertAll(s_places, place => raw[place]);
        var stack = new byte[LargestStack];
        var below = new byte[512];
        _memory.Position = (long)registers[StackMoment.StackPointer] - below.Length;
        _memory.ReadExactly(below);
        var length = 0;
        try
        {
            for (var n = 1; n > 0 && length < stack.Length; length += n)
            {
                n = _memory.Read(stack, length, Math.Min(4096 - (int)(((long)registers[StackMoment.StackPointer] + length) & 4095), stack.Length - length));
            }
        }
        catch (IOException)
        {
            // The mapping's end.
        }

        return new StackMoment(registers, stack[..length], below);
    }

    public void Dispose()
    {
        _ = ptrace(Detach, _tid, 0, 0);
        _memory.Dispose();
    }

    private void Wait()
    {
        var status = 0;
        Check(waitpid(_tid, &status, AnyChild), "waitpid");
        if ((status & 0xff) != 0x7f)
        {
            throw new InvalidOperationException($"the thread ended: {status:x}");
        }

        var signal = (status >> 8) & 0xff;
        _signal = signal == TrapSignal || status >> 16 != 0 ? 0 : signal;
    }

    private static void Check(long result, string what)
    {
        if (result < 0)
        {
            throw new InvalidOperationException($"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long ptrace(int request, int pid, nint address, nint data);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int pid, int* status, int options);
}

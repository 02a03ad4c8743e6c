using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive.Tests.Stacks.Unwinding;

/// <summary>What libdw made of a moment.</summary>
internal sealed record LibDwStack(ulong[] Addresses, bool IsWhole, string Error);

/// <summary>elfutils' unwinder (libdwfl) on a process's files and the bytes of a moment: the truth that ours is held against. One thread at a time.</summary>
internal sealed unsafe partial class LibDw : IDisposable
{
    private static LibDw? s_current;

    private readonly nint _session;
    private readonly Callbacks* _callbacks;
    private readonly ThreadCallbacks* _threadCallbacks;
    private readonly List<ulong> _frames = [];
    private readonly int _pid;
    private StackMoment _moment = new([], [], []);

    private LibDw(int pid)
    {
        _pid = pid;
        var library = NativeLibrary.Load("libdw.so.1");
        _callbacks = (Callbacks*)NativeMemory.AllocZeroed((nuint)sizeof(Callbacks));
        _callbacks->FindElf = NativeLibrary.GetExport(library, "dwfl_linux_proc_find_elf");
        _callbacks->FindDebugInfo = NativeLibrary.GetExport(library, "dwfl_standard_find_debuginfo");
        _threadCallbacks = (ThreadCallbacks*)NativeMemory.AllocZeroed((nuint)sizeof(ThreadCallbacks));
        *_threadCallbacks = new ThreadCallbacks { NextThread = &NextThread, GetThread = &GetThread, ReadMemory = &ReadMemory, SetRegisters = &SetRegisters };
        _session = dwfl_begin(_callbacks);
        Check(_session != 0, "dwfl_begin");
        Check(dwfl_linux_proc_report(_session, pid) == 0, "dwfl_linux_proc_report");
        Check(dwfl_report_end(_session, 0, 0) == 0, "dwfl_report_end");
        Check(dwfl_attach_state(_session, 0, pid, _threadCallbacks, 0) != 0, "dwfl_attach_state");
    }

    internal static string? WhyMissing() => NativeLibrary.TryLoad("libdw.so.1", out _) ? null : "there is no libdw.so.1";

    internal static LibDw Of(int pid) => new(pid);

    internal LibDwStack Unwind(StackMoment moment)
    {
        _frames.Clear();
        _moment = moment;
        s_current = this;
        var result = dwfl_getthread_frames(_session, _pid, &OnFrame, 0);
        return new LibDwStack([.. _frames], result == 0, result == 0 ? "" : Marshal.PtrToStringUTF8(dwfl_errmsg(-1)) ?? "");
    }

    public void Dispose()
    {
        dwfl_end(_session);
        NativeMemory.Free(_callbacks);
        NativeMemory.Free(_threadCallbacks);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int NextThread(nint session, nint argument, nint* threadArgument) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte GetThread(nint session, int tid, nint argument, nint* threadArgument) => 1;

    // libdw reads popped registers where they were, below the stack pointer, and gives up where it cannot: it gets more bytes than ours.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte ReadMemory(nint session, ulong address, ulong* result, nint argument)
    {
        var moment = s_current!._moment;
        var (at, stack) = (address - moment.Registers[StackMoment.StackPointer], moment.Stack);
        if (unchecked((long)at) < 0)
        {
            (at, stack) = (at + (ulong)moment.Below.Length, moment.Below);
        }

        if (at > (ulong)stack.Length || (ulong)stack.Length - at < 8)
        {
            return 0;
        }

        *result = BinaryPrimitives.ReadUInt64LittleEndian(stack.AsSpan((int)at));
        return 1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte SetRegisters(nint thread, nint argument)
    {
        fixed (ulong* registers = s_current!._moment.Registers)
        {
            return dwfl_thread_state_registers(thread, 0, 17, registers);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnFrame(nint frame, nint argument)
    {
        ulong address;
        byte isActivation;
        if (dwfl_frame_pc(frame, &address, &isActivation) == 0)
        {
            return -1;
        }

        s_current!._frames.Add(address);
        return s_current._frames.Count < 500 ? 0 : 1;
    }

    private static void Check(bool ok, string what) =>
        Assert.True(ok, $"{what}: {(ok ? "" : Marshal.PtrToStringUTF8(dwfl_errmsg(-1)))}");

    [StructLayout(LayoutKind.Sequential)]
    private struct Callbacks
    {
        internal nint FindElf;
        internal nint FindDebugInfo;
        internal nint SectionAddress;
        internal nint DebugInfoPath;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ThreadCallbacks
    {
        internal delegate* unmanaged[Cdecl]<nint, nint, nint*, int> NextThread;
        internal delegate* unmanaged[Cdecl]<nint, int, nint, nint*, byte> GetThread;
        internal delegate* unmanaged[Cdecl]<nint, ulong, ulong*, nint, byte> ReadMemory;
        internal delegate* unmanaged[Cdecl]<nint, nint, byte> SetRegisters;
        internal nint Detach;
        internal nint DetachThread;
    }

    [LibraryImport("libdw.so.1")]
    private static partial nint dwfl_begin(Callbacks* callbacks);

    [LibraryImport("libdw.so.1")]
    private static partial void dwfl_end(nint session);

    [LibraryImport("libdw.so.1")]
    private static partial int dwfl_linux_proc_report(nint session, int pid);

    [LibraryImport("libdw.so.1")]
    private static partial int dwfl_report_end(nint session, nint removed, nint argument);

    [LibraryImport("libdw.so.1")]
    private static partial byte dwfl_attach_state(nint session, nint elf, int pid, ThreadCallbacks* callbacks, nint argument);

    [LibraryImport("libdw.so.1")]
    private static partial int dwfl_getthread_frames(nint session, int tid, delegate* unmanaged[Cdecl]<nint, nint, int> callback, nint argument);

    [LibraryImport("libdw.so.1")]
    private static partial byte dwfl_frame_pc(nint frame, ulong* address, byte* isActivation);

    [LibraryImport("libdw.so.1")]
    private static partial byte dwfl_thread_state_registers(nint thread, int first, uint count, ulong* registers);

    [LibraryImport("libdw.so.1")]
    private static partial nint dwfl_errmsg(int error);
}

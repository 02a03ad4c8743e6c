using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>Running a program once, by hand.</summary>
internal static unsafe partial class LibBpf
{
    /// <summary>struct bpf_test_run_opts of libbpf 1.1.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TestRunOptions
    {
        internal nuint Size;
        internal void* DataIn;
        internal void* DataOut;
        internal uint DataSizeIn;
        internal uint DataSizeOut;
        internal void* ContextIn;
        internal void* ContextOut;
        internal uint ContextSizeIn;
        internal uint ContextSizeOut;
        internal uint ReturnValue;
        internal int Repeat;
        internal uint Duration;
        internal uint Flags;
        internal uint Cpu;
        internal uint BatchSize;
    }

    [LibraryImport(Library)]
    internal static partial int bpf_prog_test_run_opts(int programFd, TestRunOptions* options);
}

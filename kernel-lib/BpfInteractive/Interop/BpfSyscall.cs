using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>
/// bpf(2) itself, for what libbpf 1.1 has no function for and for what must not need libbpf. Each call gives a descriptor (always
/// close-on-exec) or a negative errno, as libbpf's do.
/// </summary>
internal static unsafe class BpfSyscall
{
    /// <summary>BPF_F_SLEEPABLE of include/uapi/linux/bpf.h: the program may call helpers that fault.</summary>
    internal const uint SleepableFlag = 1 << 4;

    internal static readonly nint Number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;

    /// <summary>The result of the call, or the negative errno.</summary>
    internal static int Call<T>(BpfCommand command, ref T attributes)
        where T : unmanaged
    {
        // SAFETY: the attributes outlive the call; the kernel reads and writes no more than the size it is told, and zero bytes it does
        // not know are accepted by older kernels (bpf_check_uarg_tail_zero).
        fixed (T* pointer = &attributes)
        {
            var result = Libc.syscall(Number, (nint)command, (nint)pointer, sizeof(T), 0, 0, 0);
            return result >= 0 ? (int)result : -Errno.Last;
        }
    }

    /// <summary>Loads a program from instructions.</summary>
    /// <param name="load">Type, attach type, flags and target; the pointers are filled in here.</param>
    /// <param name="instructions">The program.</param>
    /// <param name="log">Where the verifier writes, or empty for no log.</param>
    /// <param name="name">At most 15 letters, digits, dots and underscores.</param>
    internal static int LoadProgram(
        ProgramLoadAttributes load, ReadOnlySpan<BpfInstruction> instructions, Span<byte> log, ReadOnlySpan<byte> name)
    {
        // SAFETY: every pointer in the attributes is pinned, or a literal in the image, until the call has returned.
        fixed (BpfInstruction* code = instructions)
        fixed (byte* logPointer = log)
        fixed (byte* license = "GPL\0"u8)
        {
            load.Instructions = (ulong)code;
            load.InstructionCount = (uint)instructions.Length;
            load.License = (ulong)license;
            load.Log = (ulong)logPointer;
            load.LogSize = (uint)log.Length;
            load.LogLevel = log.IsEmpty ? 0u : 1u;
            name[..Math.Min(name.Length, 15)].CopyTo(new Span<byte>(load.Name, 15));
            return Call(BpfCommand.ProgramLoad, ref load);
        }
    }

    /// <summary>Makes a map.</summary>
    internal static int CreateMap(MapCreateAttributes map) => Call(BpfCommand.MapCreate, ref map);

    /// <summary>Loads BTF for a map's or a program's types.</summary>
    internal static int LoadBtf(ReadOnlySpan<byte> btf)
    {
        // SAFETY: the bytes are pinned until the call has returned.
        fixed (byte* pointer = btf)
        {
            var load = new BtfLoadAttributes { Btf = (ulong)pointer, BtfSize = (uint)btf.Length };
            return Call(BpfCommand.BtfLoad, ref load);
        }
    }

    /// <summary>Makes a link: attaches a program for as long as the descriptor lives.</summary>
    internal static int CreateLink(LinkCreateAttributes link) => Call(BpfCommand.LinkCreate, ref link);

    /// <summary>Attaches to a raw tracepoint by name, or with a null name to the program's own BTF target.</summary>
    internal static int OpenRawTracepoint(string? name, int programFd)
    {
        // SAFETY: the name is pinned until the call has returned.
        fixed (byte* pointer = name is null ? null : System.Text.Encoding.UTF8.GetBytes(name + '\0'))
        {
            var open = new RawTracepointAttributes { Name = (ulong)pointer, ProgramFd = (uint)programFd };
            return Call(BpfCommand.RawTracepointOpen, ref open);
        }
    }

    /// <summary>Opens an iterator of a link; each descriptor reads from the start.</summary>
    internal static int CreateIterator(int linkFd)
    {
        var create = new FourWordAttributes { First = (uint)linkFd };
        return Call(BpfCommand.IteratorCreate, ref create);
    }

    /// <summary>Replaces a link's program in one step.</summary>
    internal static int UpdateLink(int linkFd, int programFd)
    {
        var update = new FourWordAttributes { First = (uint)linkFd, Second = (uint)programFd };
        return Call(BpfCommand.LinkUpdate, ref update);
    }

    /// <summary>A new descriptor of a link; ENOENT once it is gone. Takes CAP_SYS_ADMIN.</summary>
    internal static int OpenLink(uint id)
    {
        var open = new FourWordAttributes { First = id };
        return Call(BpfCommand.LinkGetFdById, ref open);
    }

    /// <summary>Counts run time and runs of every program while the descriptor lives.</summary>
    internal static int EnableStats()
    {
        var enable = new FourWordAttributes { First = 0 /* BPF_STATS_RUN_TIME */ };
        return Call(BpfCommand.EnableStats, ref enable);
    }

    /// <summary>Holds an object by a new file in bpffs.</summary>
    internal static int Pin(int fd, string path)
    {
        // SAFETY: the path is pinned until the call has returned.
        fixed (byte* pointer = System.Text.Encoding.UTF8.GetBytes(path + '\0'))
        {
            var pin = new PinAttributes { Path = (ulong)pointer, Fd = (uint)fd };
            return Call(BpfCommand.ObjectPin, ref pin);
        }
    }

    /// <summary>Fills a struct bpf_prog_info, bpf_map_info or bpf_link_info.</summary>
    internal static int GetInfo<T>(int fd, ref T info)
        where T : unmanaged
    {
        // SAFETY: the info outlives the call, and the kernel writes at most the size it is told.
        fixed (T* pointer = &info)
        {
            var get = new ObjectInfoAttributes { Fd = (uint)fd, InfoSize = (uint)Unsafe.SizeOf<T>(), Info = (ulong)pointer };
            return Call(BpfCommand.GetInfoByFd, ref get);
        }
    }
}

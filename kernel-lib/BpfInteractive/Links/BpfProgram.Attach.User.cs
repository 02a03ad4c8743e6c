using System.Text;
using BpfInteractive.Interop;

namespace BpfInteractive;

public sealed unsafe partial class BpfProgram
{
    /// <summary>Attaches a SEC("uprobe") program to a function of a program or library.</summary>
    /// <param name="path">The file: a path, a program's name that PATH finds, or a library's name (<c>libc.so.6</c>).</param>
    /// <param name="symbol">The function's name.</param>
    /// <param name="offset">Bytes into the function; at its entry alone.</param>
    /// <param name="atReturn">To its return instead of its entry.</param>
    /// <param name="pid">In this process alone (a pid of the caller's pid namespace); null for every process.</param>
    /// <param name="cookie">What <c>bpf_get_attach_cookie()</c> gives the program.</param>
    /// <exception cref="BpfException">The file, the function (the message names the nearest) or the process is not there, or the kernel refuses.</exception>
    public BpfLink AttachUprobe(string path, string symbol, ulong offset = 0, bool atReturn = false, int? pid = null, ulong cookie = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(symbol);
        var target = $"{path}:{symbol}{(offset == 0 ? "" : $"+0x{offset:x}")}";
        return AttachUprobe(path, target, (file, failure) => ElfFunctions.Find(file, symbol, failure) + offset, atReturn, pid, cookie);
    }

    /// <summary>Attaches a SEC("uprobe") program to an instruction of a program or library.</summary>
    /// <param name="path">The file: a path, a program's name that PATH finds, or a library's name.</param>
    /// <param name="fileOffset">Where the instruction begins, in bytes from the file's start.</param>
    /// <param name="atReturn">To the return of the function that begins there.</param>
    /// <param name="pid">In this process alone; null for every process.</param>
    /// <param name="cookie">What <c>bpf_get_attach_cookie()</c> gives the program.</param>
    /// <exception cref="BpfException">The file or the process is not there, or the kernel refuses.</exception>
    public BpfLink AttachUprobe(string path, ulong fileOffset, bool atReturn = false, int? pid = null, ulong cookie = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return AttachUprobe(path, $"{path}+0x{fileOffset:x}", (_, _) => fileOffset, atReturn, pid, cookie);
    }

    /// <summary>Attaches a SEC("uprobe.multi") program to every function of a file that a pattern names, by one link.</summary>
    /// <param name="path">The file: a path, a program's name that PATH finds, or a library's name.</param>
    /// <param name="pattern">A name with <c>*</c> and <c>?</c>.</param>
    /// <param name="atReturn">To their returns instead of their entries.</param>
    /// <param name="pid">In this process alone; null for every process.</param>
    /// <exception cref="UnsupportedFeatureException">This kernel has no uprobe.multi link.</exception>
    /// <exception cref="BpfException">No function has such a name.</exception>
    public BpfLink AttachUprobeMulti(string path, string pattern, bool atReturn = false, int? pid = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        return new(this, LinkKind.UprobeMulti, $"{path}:{pattern}", program =>
        {
            var failure = UprobeFailure(program, $"uprobe.multi {path}:{pattern}", "uprobe.multi", pid);
            failure.ThrowIfMissing();
            ProcessId.ThrowIfDead(pid, failure);
            var file = BinaryPath.Resolve(path, pid, failure);
            return AttachOffsets(program, file, ElfFunctions.FindAll(file, pattern, failure), atReturn, pid, cookie: 0, failure);
        });
    }

    private BpfLink AttachUprobe(string path, string target, Func<string, AttachFailure, ulong> locate, bool atReturn, int? pid, ulong cookie)
    {
        var feature = atReturn ? "uretprobe" : "uprobe";
        return new(this, atReturn ? LinkKind.Uretprobe : LinkKind.Uprobe, target, program =>
        {
            var failure = UprobeFailure(program, $"{feature} {target}{(pid is null ? "" : $" of process {pid}")}", feature, pid);
            ProcessId.ThrowIfDead(pid, failure);
            var file = BinaryPath.Resolve(path, pid, failure);
            var offset = locate(file, failure);

            // By link where the program was loaded for it (UprobePreparation): that needs no CAP_SYS_ADMIN.
            return program.ExpectedAttachType is BpfAttachType.TraceUprobeMulti or BpfAttachType.TraceUprobeSession
                ? AttachOffsets(program, file, [offset], atReturn, pid, cookie, failure)
                : PerfEventAttachment.Create(OpenUprobe(file, offset, atReturn, pid), program, cookie, failure);
        });
    }

    private static AttachFailure UprobeFailure(BpfProgram program, string target, string feature, int? pid) => new(program, target, feature)
    {
        Explain = errno => errno switch
        {
            Errno.ESRCH => ($"process {pid} is gone", null),
            Errno.EINVAL when feature == "uprobe.multi" && program.ExpectedAttachType is not (BpfAttachType.TraceUprobeMulti or BpfAttachType.TraceUprobeSession) =>
                ($"it was loaded as SEC(\"{program.Section}\")", "write SEC(\"uprobe.multi\")"),
            Errno.EINVAL => ("the offset lies outside the file, or the file is no regular one", null),
            Errno.EACCES or Errno.EPERM when !Capabilities.Has(Capability.SysAdmin) && program.ExpectedAttachType != BpfAttachType.TraceUprobeMulti =>
                ("attaching by perf event needs CAP_SYS_ADMIN on kernels since 2025", "write SEC(\"uprobe.multi\"), which needs CAP_BPF and CAP_PERFMON alone"),
            _ => null,
        },
    };

    private static int OpenUprobe(string file, ulong offset, bool atReturn, int? pid)
    {
        if (PerfEventSource.Type("uprobe") is not { } type)
        {
            return -Errno.ENOENT;
        }

        // SAFETY: the path is pinned while perf_event_open reads it.
        fixed (byte* path = Encoding.UTF8.GetBytes(file + '\0'))
        {
            var attributes = new PerfEventAttributes
            {
                Type = type,
                Config = atReturn ? 1UL << PerfEventSource.FormatBit("uprobe", "retprobe") : 0,
                Config1 = (ulong)path,
                Config2 = offset,
                Flags = PerfEventAttributes.FlagDisabled,
            };
            return Libc.perf_event_open(ref attributes, pid ?? -1, pid is null ? 0 : -1);
        }
    }

    private static Attachment AttachOffsets(
        BpfProgram program, string file, ulong[] offsets, bool atReturn, int? pid, ulong cookie, AttachFailure failure)
    {
        // SAFETY: path and arrays are pinned until the call has returned.
        fixed (byte* path = Encoding.UTF8.GetBytes(file + '\0'))
        fixed (ulong* pointer = offsets)
        {
            return Attachment.FromLink(
                BpfSyscall.CreateLink(new()
                {
                    ProgramFd = (uint)program.Fd,
                    AttachType = (uint)program.ExpectedAttachType,
                    UprobePath = (ulong)path,
                    UprobeOffsets = (ulong)pointer,
                    UprobeCount = (uint)offsets.Length,
                    UprobeCookies = cookie == 0 ? 0 : (ulong)&cookie,
                    UprobeFlags = atReturn ? MultiReturnFlag : 0,
                    UprobePid = (uint)(pid ?? 0),
                }),
                failure);
        }
    }
}

using System.Text;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>The kind of a tiny program: what the kernel must be told to load <c>return N;</c>.</summary>
internal sealed record ProbeProgram(BpfProgramType Type, BpfAttachType Attach = BpfAttachType.CgroupInetIngress)
{
    private const int LogSize = 16 * 1024;

    /// <summary>What the program returns; a BPF_PROG_TYPE_CGROUP_SKB lets pass with 1, XDP with 2.</summary>
    internal int Result { get; init; }

    /// <summary>BPF_F_SLEEPABLE or 0.</summary>
    internal uint Flags { get; init; }

    /// <summary>The BTF types that may be the target; the first with which the program loads is taken.</summary>
    internal string[] Targets { get; init; } = [];

    /// <summary>The kind of the target's BTF type.</summary>
    internal BtfKind TargetKind { get; init; } = BtfKind.Function;

    /// <summary>The capabilities that loading takes.</summary>
    internal Capability[] Needs { get; init; } = Refusal.ForTracing;

    /// <summary>What serves instead when the kernel refuses; null where nothing does.</summary>
    internal string? Instead { get; init; }

    /// <summary>Loads the program, or says why not.</summary>
    internal FileDescriptor? Load(out ProbeAnswer refusal) => Load([BpfInstruction.Move(0, Result), BpfInstruction.Exit], out refusal);

    /// <summary>Loads these instructions as a program of this kind, or says why not.</summary>
    internal FileDescriptor? Load(ReadOnlySpan<BpfInstruction> instructions, out ProbeAnswer refusal)
    {
        refusal = ProbeAnswer.No($"this kernel's BTF has no {string.Join(" or ", Targets)}", Instead, Errno.ENOENT);
        foreach (var target in FindTargets())
        {
            var fd = TryLoad(instructions, target, out var log);
            if (fd >= 0)
            {
                return new FileDescriptor(fd);
            }

            refusal = Refusal.Explain("loading it", -fd, log, Needs, Instead);
        }

        return null;
    }

    /// <summary>The descriptor or a negative errno, with the verifier's log.</summary>
    internal int TryLoad(ReadOnlySpan<BpfInstruction> instructions, uint target, out string log)
    {
        var attributes = new ProgramLoadAttributes
        {
            ProgramType = (uint)Type,
            ExpectedAttachType = (uint)Attach,
            AttachBtfId = target,
            Flags = Flags,
        };
        var buffer = new byte[LogSize];
        var fd = BpfSyscall.LoadProgram(attributes, instructions, buffer, "bpfi_probe"u8);
        var end = buffer.AsSpan().IndexOf((byte)0);
        log = Encoding.UTF8.GetString(buffer, 0, end < 0 ? buffer.Length : end);
        return fd;
    }

    /// <summary>The ids of those targets that this kernel has; 0 for a kind that takes none.</summary>
    private IEnumerable<uint> FindTargets()
    {
        if (Targets.Length == 0)
        {
            yield return 0;
        }

        foreach (var name in Targets)
        {
            if (BtfData.Kernel.TryFind(name, TargetKind, out var type))
            {
                yield return (uint)type.Id;
            }
        }
    }
}

using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>struct stack_sample of bpf/stack_records.h; its frames follow. A test compares all of these with the BTF of the program.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StackSampleRecord
{
    internal ulong Time;
    internal ulong Mm;
    internal ulong Value;
    internal uint Tid;
    internal uint Pid;
    internal uint Thread;
    internal StackSampleBits Flags;
    internal ushort Cpu;
    internal ushort KernelFrames;
    internal ushort UserFrames;
    internal ushort Padding;
}

/// <summary>enum stack_sample_flags.</summary>
[Flags]
internal enum StackSampleBits : uint
{
    UserMode = 1,
    UserTruncated = 2,
    KernelTruncated = 4,
    UserFailed = 8,
    KernelFailed = 16,
    InExec = 32,
    Exiting = 64,
    KernelThread = 128,
    Copied = 256,
}

/// <summary>enum stack_fact_kind.</summary>
internal enum StackFactKind : uint
{
    Thread = 1,
    Process,
    Mapping,
    File,
    Head,
    Refusal,
    Request,
    End,
    BuildIds,
}

/// <summary>struct stack_draft.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct StackDraft
{
    internal const int MostFrames = 256;

    internal StackSampleRecord Sample;
    internal fixed ulong Frames[MostFrames];
}

/// <summary>struct stack_own_draft: a sample of a task that is blocked, sent when it goes on.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StackOwnDraft
{
    internal ulong Start;
    internal ulong Since;
    internal StackDraft Draft;
}

/// <summary>struct stack_fact.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StackFact
{
    internal StackFactKind Kind;
    internal uint Tid;
    internal ulong Time;
    internal ulong Mm;
}

/// <summary>struct stack_thread.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct StackThreadRecord
{
    internal StackFact Fact;
    internal ulong ProcessStart;
    internal uint Pid;
    internal uint Thread;
    internal uint Execs;
    internal uint Padding;
    internal fixed ulong Comm[2];
}

/// <summary>struct stack_process.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct StackProcessRecord
{
    internal const int MostArguments = 1024;
    internal const int CgroupPiece = 64;
    internal const int MostCgroups = 12;
    internal const int MostNamespaces = 4;

    internal StackFact Fact;
    internal ulong Start;
    internal ulong Cgroup;
    internal uint Pid;
    internal uint Parent;
    internal uint Execs;
    internal uint Namespaces;
    internal fixed uint NamespacePids[MostNamespaces];
    internal fixed ulong Comm[2];
    internal uint CommandLineLength;
    internal uint CgroupLength;
    internal fixed byte CommandLine[MostArguments];
    internal fixed byte CgroupPath[CgroupPiece * MostCgroups];
    internal ulong StartStack;
    internal ulong RootInode;
    internal uint RootDevice;
    internal uint MountNamespace;
    internal uint User;
    internal uint Padding;
}

/// <summary>struct stack_end.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StackEndRecord
{
    internal StackFact Fact;
}

/// <summary>struct stack_file_key.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct StackFileKey
{
    internal ulong Inode;
    internal ulong KernelInode;
    internal uint Device;
    internal uint KernelDevice;
    internal uint Generation;
    internal uint Padding;
    internal ulong Changed;
}

/// <summary>enum stack_mapping_kind.</summary>
internal enum StackMappingKind : uint
{
    File = 1,
    Anonymous,
    Vdso,
    Nothing,
}

/// <summary>struct stack_mapping.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StackMappingRecord
{
    internal StackFact Fact;
    internal ulong Start;
    internal ulong End;
    internal ulong Offset;
    internal uint Flags;
    internal StackMappingKind Mapping;
    internal uint Pid;
    internal uint Padding;
    internal StackFileKey File;
}

/// <summary>struct stack_file.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct StackFileRecord
{
    internal const uint DeletedFlag = 1;
    internal const uint PathTruncatedFlag = 2;
    internal const uint PseudoFlag = 4;

    internal StackFact Fact;
    internal StackFileKey Key;
    internal ulong Start;
    internal ulong End;
    internal ulong Size;
    internal ulong ModifiedSeconds;
    internal uint ModifiedNanoseconds;
    internal uint Flags;
    internal uint Pid;
    internal uint Length;
    internal fixed byte Path[4096];
}

/// <summary>struct stack_head.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct StackHeadRecord
{
    internal StackFact Fact;
    internal StackFileKey Key;
    internal fixed byte Bytes[4096];
}

/// <summary>enum stack_refusal_reason.</summary>
internal enum StackRefusalReason : uint
{
    Busy = 1,
    Schedule,
    Gone,
    Overtaken,
    Full,
}

/// <summary>struct stack_refusal.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StackRefusalRecord
{
    internal StackFact Fact;
    internal ulong Address;
    internal StackRefusalReason Reason;
    internal int Error;
}

/// <summary>struct stack_request.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StackRequestRecord
{
    internal StackFact Fact;
    internal uint Pid;
    internal uint Padding;
}

/// <summary>struct stack_build_ids.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct StackBuildIdsRecord
{
    internal const int MostFrames = 127;

    internal StackFact Fact;
    internal uint Count;
    internal uint Padding;
    internal fixed ulong Frames[MostFrames];
    internal fixed byte Ids[MostFrames * StackBuildId.SizeBytes];
}

/// <summary>struct bpf_stack_build_id of include/uapi/linux/bpf.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct StackBuildId
{
    internal const int SizeBytes = 32;

    /// <summary>BPF_STACK_BUILD_ID_VALID: the id and the offset were found.</summary>
    internal const int Valid = 1;

    internal int Status;
    internal fixed byte Bytes[BuildId.MaxLength];
    internal ulong Offset;
}

/// <summary>struct stack_sweep.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StackSweep
{
    internal uint Tid;
    internal int Error;
}

/// <summary>struct stack_counters: what one CPU has counted.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StackCounters
{
    internal long Runs;
    internal long Idle;
    internal long Samples;
    internal long SamplesDropped;
    internal long FactsDropped;
    internal long TasksFull;
    internal long MmsFull;
    internal long ProcessesFull;
    internal long UserTruncated;
    internal long KernelTruncated;
    internal long UserFailed;
    internal long Cached;
    internal long Shared;
    internal long Scheduled;
    internal long ScheduleBusy;
    internal long ScheduleFailed;
    internal long Callbacks;
    internal long FinishedAtExit;
    internal long FinishedAtExec;
    internal long FinishedBySweep;
    internal long Cancelled;
    internal long Overtaken;
    internal long Lookups;
    internal long LookupsBusy;
    internal long LookupsEmpty;
    internal long Mappings;
    internal long MappingsKnown;
    internal long MmContended;
    internal long Exiting;
    internal long InExec;
    internal long Requests;
    internal long Padding;

    /// <summary>Adds up what all CPUs have counted.</summary>
    internal static StackCounters SumOf(ReadOnlySpan<StackCounters> cpus)
    {
        var sum = default(StackCounters);
        var total = MemoryMarshal.Cast<StackCounters, long>(new Span<StackCounters>(ref sum));
        foreach (ref readonly var cpu in cpus)
        {
            var counts = MemoryMarshal.Cast<StackCounters, long>(new ReadOnlySpan<StackCounters>(in cpu));
            for (var at = 0; at < counts.Length; at++)
            {
                total[at] += counts[at];
            }
        }

        return sum;
    }
}

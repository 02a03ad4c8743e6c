using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>The members of union bpf_attr for BPF_PROG_LOAD (include/uapi/linux/bpf.h).</summary>
[StructLayout(LayoutKind.Explicit, Size = 152)]
internal unsafe struct ProgramLoadAttributes
{
    [FieldOffset(0)] internal uint ProgramType;
    [FieldOffset(4)] internal uint InstructionCount;
    [FieldOffset(8)] internal ulong Instructions;
    [FieldOffset(16)] internal ulong License;
    [FieldOffset(24)] internal uint LogLevel;
    [FieldOffset(28)] internal uint LogSize;
    [FieldOffset(32)] internal ulong Log;
    [FieldOffset(44)] internal uint Flags;
    [FieldOffset(48)] internal fixed byte Name[16];
    [FieldOffset(68)] internal uint ExpectedAttachType;
    [FieldOffset(108)] internal uint AttachBtfId;
    [FieldOffset(112)] internal uint AttachBtfObjectFd;
}

/// <summary>The members of union bpf_attr for BPF_MAP_CREATE.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal unsafe struct MapCreateAttributes
{
    [FieldOffset(0)] internal uint MapType;
    [FieldOffset(4)] internal uint KeySize;
    [FieldOffset(8)] internal uint ValueSize;
    [FieldOffset(12)] internal uint MaxEntries;
    [FieldOffset(16)] internal uint Flags;
    [FieldOffset(20)] internal uint InnerMapFd;
    [FieldOffset(28)] internal fixed byte Name[16];
    [FieldOffset(48)] internal uint BtfFd;
    [FieldOffset(52)] internal uint BtfKeyTypeId;
    [FieldOffset(56)] internal uint BtfValueTypeId;
    [FieldOffset(60)] internal uint BtfVmlinuxValueTypeId;
    [FieldOffset(64)] internal ulong Extra;
}

/// <summary>The members of union bpf_attr for BPF_BTF_LOAD.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct BtfLoadAttributes
{
    [FieldOffset(0)] internal ulong Btf;
    [FieldOffset(8)] internal ulong Log;
    [FieldOffset(16)] internal uint BtfSize;
    [FieldOffset(20)] internal uint LogSize;
    [FieldOffset(24)] internal uint LogLevel;
}

/// <summary>The members of union bpf_attr for BPF_RAW_TRACEPOINT_OPEN.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal struct RawTracepointAttributes
{
    [FieldOffset(0)] internal ulong Name;
    [FieldOffset(8)] internal uint ProgramFd;
    [FieldOffset(16)] internal ulong Cookie;
}

/// <summary>The members of union bpf_attr for BPF_LINK_CREATE; from byte 16 on they differ by attach type and overlap.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct LinkCreateAttributes
{
    [FieldOffset(0)] internal uint ProgramFd;
    [FieldOffset(4)] internal uint Target;
    [FieldOffset(8)] internal uint AttachType;
    [FieldOffset(12)] internal uint Flags;

    [FieldOffset(16)] internal uint TargetBtfId;
    [FieldOffset(24)] internal ulong TracingCookie;

    [FieldOffset(16)] internal ulong IteratorInfo;
    [FieldOffset(24)] internal uint IteratorInfoSize;

    [FieldOffset(16)] internal ulong PerfCookie;

    [FieldOffset(16)] internal uint KprobeFlags;
    [FieldOffset(20)] internal uint KprobeCount;
    [FieldOffset(24)] internal ulong KprobeSymbols;
    [FieldOffset(32)] internal ulong KprobeAddresses;
    [FieldOffset(40)] internal ulong KprobeCookies;

    [FieldOffset(16)] internal uint NetfilterFamily;
    [FieldOffset(20)] internal uint NetfilterHook;
    [FieldOffset(24)] internal int NetfilterPriority;
    [FieldOffset(28)] internal uint NetfilterFlags;

    [FieldOffset(16)] internal uint RelativeFd;
    [FieldOffset(24)] internal ulong ExpectedRevision;

    [FieldOffset(16)] internal ulong UprobePath;
    [FieldOffset(24)] internal ulong UprobeOffsets;
    [FieldOffset(32)] internal ulong UprobeReferenceCounters;
    [FieldOffset(40)] internal ulong UprobeCookies;
    [FieldOffset(48)] internal uint UprobeCount;
    [FieldOffset(52)] internal uint UprobeFlags;
    [FieldOffset(56)] internal uint UprobePid;
}

/// <summary>The members of union bpf_attr for BPF_LINK_UPDATE, BPF_LINK_DETACH, BPF_ITER_CREATE, BPF_ENABLE_STATS: four words.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FourWordAttributes
{
    internal uint First;
    internal uint Second;
    internal uint Third;
    internal uint Fourth;
}

/// <summary>The members of union bpf_attr for BPF_OBJ_GET_INFO_BY_FD.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ObjectInfoAttributes
{
    internal uint Fd;
    internal uint InfoSize;
    internal ulong Info;
}

/// <summary>The members of union bpf_attr for BPF_OBJ_PIN.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PinAttributes
{
    internal ulong Path;
    internal uint Fd;
    internal uint Flags;
}

/// <summary>The head of struct bpf_link_info.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinkInfo
{
    internal uint Type;
    internal uint Id;
    internal uint ProgramId;
    internal uint Padding;
}

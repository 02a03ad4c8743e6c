using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>struct bpf_prog_info of include/uapi/linux/bpf.h; older kernels fill less of it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 232)]
internal unsafe struct ProgramInfo
{
    [FieldOffset(0)] internal uint Type;
    [FieldOffset(4)] internal uint Id;
    [FieldOffset(8)] internal fixed byte Tag[8];
    [FieldOffset(16)] internal uint JitedLength;
    [FieldOffset(20)] internal uint XlatedLength;
    [FieldOffset(32)] internal ulong XlatedInstructions;
    [FieldOffset(40)] internal ulong LoadTime;
    [FieldOffset(48)] internal uint CreatedByUid;
    [FieldOffset(52)] internal uint MapIdCount;
    [FieldOffset(56)] internal ulong MapIds;
    [FieldOffset(128)] internal uint BtfId;
    [FieldOffset(192)] internal ulong RunTimeNs;
    [FieldOffset(200)] internal ulong RunCount;
    [FieldOffset(208)] internal ulong RecursionMisses;
    [FieldOffset(216)] internal uint VerifiedInstructions;
}

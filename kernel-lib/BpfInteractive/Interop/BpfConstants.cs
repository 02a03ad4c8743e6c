namespace BpfInteractive.Interop;

/// <summary>Commands of bpf(2) that this library calls itself (enum bpf_cmd).</summary>
internal enum BpfCommand
{
    MapCreate = 0,
    ProgramLoad = 5,
    ObjectPin = 6,
    GetInfoByFd = 15,
    RawTracepointOpen = 17,
    BtfLoad = 18,
    LinkCreate = 28,
    LinkUpdate = 29,
    EnableStats = 32,
    IteratorCreate = 33,
    LinkDetach = 34,
}

namespace BpfInteractive.Interop;

/// <summary>Commands of bpf(2) that this library calls itself (enum bpf_cmd).</summary>
internal enum BpfCommand
{
    MapCreate = 0,
    MapLookup = 1,
    MapUpdate = 2,
    MapDelete = 3,
    MapNextKey = 4,
    ProgramLoad = 5,
    ObjectPin = 6,
    OpenPinned = 7,
    MapNextId = 12,
    MapById = 14,
    GetInfoByFd = 15,
    RawTracepointOpen = 17,
    BtfLoad = 18,
    BtfById = 19,
    MapTake = 21,
    MapFreeze = 22,
    MapLookupBatch = 24,
    MapTakeBatch = 25,
    MapUpdateBatch = 26,
    MapDeleteBatch = 27,
    LinkCreate = 28,
    LinkUpdate = 29,
    LinkGetFdById = 30,
    EnableStats = 32,
    IteratorCreate = 33,
    LinkDetach = 34,
}

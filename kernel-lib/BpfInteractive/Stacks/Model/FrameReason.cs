namespace BpfInteractive;

/// <summary>Why a frame has no function's name. An expected miss is data, counted in the summary; a frame never gets a wrong name.</summary>
public enum FrameReason
{
    /// <summary>It has a name.</summary>
    None,

    /// <summary>Nobody has looked for a name yet (<c>not looked up</c>).</summary>
    NotLookedUp,

    /// <summary>The address lies in no executable mapping of its process (<c>unmapped</c>).</summary>
    Unmapped,

    /// <summary>The mappings of the process could not be taken: the walk was refused, or the process was gone before it (<c>no mappings taken</c>).</summary>
    NoSnapshot,

    /// <summary>The range was mapped to one file before the sample and to another after it (<c>mapping changed</c>).</summary>
    MappingChanged,

    /// <summary>The file has no symbols: stripped, and no separate debug file was found (<c>no symbols</c>).</summary>
    NoSymbols,

    /// <summary>The file has symbols and none of them covers the place (<c>no symbol there</c>).</summary>
    OutsideSymbols,

    /// <summary>The file is not there any more, and was not pinned (<c>file gone</c>).</summary>
    FileGone,

    /// <summary>A file lies at the path, but it is another build (<c>build id differs</c>).</summary>
    BuildIdDiffers,

    /// <summary>The file is no ELF file that can be read, or it is damaged (<c>unreadable file</c>).</summary>
    Unreadable,

    /// <summary>Code made at run time by a process that wrote no perf map (<c>JIT without map</c>).</summary>
    NoPerfMap,

    /// <summary>Code made at run time at a place that the perf map does not cover (<c>not in the JIT map</c>).</summary>
    OutsidePerfMap,

    /// <summary>The kernel hides its addresses from this user (<c>kernel hidden</c>).</summary>
    KernelHidden,

    /// <summary>A file lies at the path, but too little is known of the mapped one to tell whether it is the same (<c>not comparable</c>).</summary>
    NotComparable,

    /// <summary>The file must not be read by this user (<c>not permitted</c>).</summary>
    NotPermitted,

    /// <summary>A BPF program or a kernel module that was unloaded before its name was read (<c>unloaded</c>).</summary>
    Unloaded,

    /// <summary>No frame of code: the stack was cut here (<c>truncated</c>).</summary>
    Truncated,

    /// <summary>Code that was compiled into a .NET or Windows image beforehand: its runtime alone can tell its names (<c>.NET image</c>).</summary>
    DotnetImage,

    /// <summary>
    /// The file is not here, and no debuginfod server has it; or one has its debug file alone, and the capture does not say where the file's code lies (<c>not on debuginfod</c>).
    /// </summary>
    NotOnServer,

    /// <summary>The file, or its debug file, was to be fetched, and the servers failed or sent something else (<c>fetch failed</c>).</summary>
    FetchFailed,

    /// <summary>Neither the file nor a debug file of it has debug information: for source lines, never for a name (<c>no debug information</c>).</summary>
    NoDebugInfo,

    /// <summary>The debug information is compressed by zstd, and this machine has no libzstd.so.1 (<c>zstd is missing</c>).</summary>
    NoZstd,

    /// <summary>Functions that were inlined are told by a .dwo or .dwp file (<c>-gsplit-dwarf</c>), which is not here or another build's (<c>no .dwo file</c>).</summary>
    NoDwo,
}

/// <summary>The reasons as people read them.</summary>
public static class FrameReasons
{
    private static readonly string[] s_texts =
    [
        "", "not looked up", "unmapped", "no mappings taken", "mapping changed", "no symbols", "no symbol there", "file gone", "build id differs", "unreadable file",
        "JIT without map", "not in the JIT map", "kernel hidden", "not comparable", "not permitted", "unloaded", "truncated", ".NET image",
        "not on debuginfod", "fetch failed", "no debug information", "zstd is missing", "no .dwo file",
    ];

    /// <summary>The reason in a few words; empty for <see cref="FrameReason.None"/>.</summary>
    public static string TextOf(FrameReason reason) => s_texts[(int)reason];
}

namespace BpfInteractive;

/// <summary>What to read of an address space, and how.</summary>
public sealed record VmaOptions
{
    /// <summary>All VMAs, by the best engine.</summary>
    public static readonly VmaOptions Default = new();

    /// <summary>The engine; <see cref="VmaEngine.Auto"/> takes the best that works here.</summary>
    public VmaEngine Engine { get; init; } = VmaEngine.Auto;

    /// <summary>The first address of interest: VMAs that end at or before it are left out. For <see cref="VmaEngine.FindVma"/> the address.</summary>
    public ulong From { get; init; }

    /// <summary>Only VMAs that may be executed. Engines in the kernel and PROCMAP_QUERY leave the others out at the source.</summary>
    public bool ExecutableOnly { get; init; }

    /// <summary>Only VMAs that map a file (shared anonymous memory has a file behind it, and counts).</summary>
    public bool FileBackedOnly { get; init; }

    /// <summary>Whether the engine fetches build ids, if it can: one more read of each file. Only <see cref="VmaEngine.ProcmapQuery"/> can.</summary>
    public bool BuildIds { get; init; } = true;

    /// <summary>At most so many VMAs for each call into the kernel; 0 for as many as fit. For tests of what happens between calls.</summary>
    internal int BatchSize { get; init; }

    // An overload Vmas.Of(int, VmaEngine) would make `Vmas.Of(pid, new() { ... })` ambiguous, for an enumeration can be made by new() too.
    /// <summary>Everything by one engine: <c>Vmas.Of(pid, VmaEngine.ProcMaps)</c>.</summary>
    public static implicit operator VmaOptions(VmaEngine engine) => FromEngine(engine);

    /// <summary>Everything by one engine.</summary>
    public static VmaOptions FromEngine(VmaEngine engine) => new() { Engine = engine };

    /// <summary>Whether a row passes the filters.</summary>
    internal bool Wants(ulong end, int permissions, bool isFile) =>
        end > From && (!ExecutableOnly || (permissions & (int)VmaPermissions.Execute) != 0) && (!FileBackedOnly || isFile);
}

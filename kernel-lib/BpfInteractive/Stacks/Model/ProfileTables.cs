namespace BpfInteractive;

/// <summary>
/// The tables of a profile. Rows are numbered from 0 and name rows of other tables by number; -1 is none. <c>ARCHITECTURE.md</c> draws them.
/// </summary>
public sealed record ProfileTables
{
    /// <summary>The names of the tables, in the order of <see cref="All"/>; what a file calls them.</summary>
    public static readonly IReadOnlyList<string> Names = ["files", "mms", "mappings", "processes", "threads", "locations", "stacks", "samples"];

    /// <summary><c>kind, path, build_id, device, inode, generation, kernel_device, kernel_inode, size, modified, changed, deleted, code_bias, mm</c>: see <see cref="ProfileFile"/>.</summary>
    public required Columns Files { get; init; }

    /// <summary>Address spaces: <c>mappings</c> (how many are known) and <c>why_none</c> (a <see cref="FrameReason"/>).</summary>
    public required Columns Mms { get; init; }

    /// <summary><c>mm, start, end, offset, file, perms, first_seen, last_seen</c>. The kernel's are left out.</summary>
    public required Columns Mappings { get; init; }

    /// <summary><c>pid, start, exec, ppid, comm, command_line, cgroup, namespace_pids, mm</c>: see <see cref="ProfileProcess"/>.</summary>
    public required Columns Processes { get; init; }

    /// <summary><c>process, tid, comm</c>.</summary>
    public required Columns Threads { get; init; }

    /// <summary><c>file, offset, is_return, unmapped</c>: the last is a <see cref="FrameReason"/> where the place is in no file.</summary>
    public required Columns Locations { get; init; }

    /// <summary><c>caller</c> (a row of this table, before this one) and <c>location</c>.</summary>
    public required Columns Stacks { get; init; }

    /// <summary><c>time, cpu, thread, user_stack, kernel_stack, value, period, flags</c>: times on CLOCK_MONOTONIC; flags are <see cref="SampleFlags"/>.</summary>
    public required Columns Samples { get; init; }

    /// <summary>All tables.</summary>
    public IReadOnlyList<Columns> All => [Files, Mms, Mappings, Processes, Threads, Locations, Stacks, Samples];

    /// <summary>Puts tables together that were written one by one.</summary>
    /// <exception cref="ArgumentException">One is missing.</exception>
    public static ProfileTables Of(IEnumerable<Columns> tables)
    {
        ArgumentNullException.ThrowIfNull(tables);
        var byName = tables.ToDictionary(table => table.Name, StringComparer.Ordinal);
        return new ProfileTables
        {
            Files = Take("files"),
            Mms = Take("mms"),
            Mappings = Take("mappings"),
            Processes = Take("processes"),
            Threads = Take("threads"),
            Locations = Take("locations"),
            Stacks = Take("stacks"),
            Samples = Take("samples"),
        };

        Columns Take(string name) => byName.TryGetValue(name, out var table) ? table : throw new ArgumentException($"the profile has no table '{name}'", nameof(tables));
    }
}

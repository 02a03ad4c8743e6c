namespace BpfInteractive;

/// <summary>Whether one program of an object loads on this kernel, and why not.</summary>
public sealed record ProgramCheck
{
    /// <summary>The function's name in the C source.</summary>
    public required string Name { get; init; }

    /// <summary>Its SEC(...).</summary>
    public required string Section { get; init; }

    /// <summary>Whether the kernel took it.</summary>
    public bool Loaded => Error is null;

    /// <summary>The true cause of the refusal in one line; null when it loaded.</summary>
    public string? Error { get; init; }

    /// <summary>The exception behind <see cref="Error"/>; null when it loaded.</summary>
    public BpfException? Exception { get; init; }

    /// <summary>The verifier's log of a refusal, whole; null when it loaded or the verifier wrote none.</summary>
    public string? Log => (Exception as VerifierException)?.Log;

    /// <summary>The source line of a refusal, where it is known.</summary>
    public SourceLocation? Location => (Exception as VerifierException)?.Location;

    /// <summary>What was assumed in place of the program's own loader: sizes of maps that the source leaves open.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>Loads each program of an object on its own, so that one refusal hides no other. Nothing is attached, nothing stays.</summary>
public static class ProgramChecker
{
    /// <summary>Checks every program of an object.</summary>
    /// <param name="elf">The bytes of the object.</param>
    /// <param name="name">A name for messages.</param>
    /// <param name="cancellationToken">Looked at before each program.</param>
    /// <returns>One result a program, in the order of the file.</returns>
    /// <exception cref="ObjectFormatException">It is no BPF object, or damaged.</exception>
    /// <exception cref="LoadException">libbpf refuses the object as a whole.</exception>
    public static Task<IReadOnlyList<ProgramCheck>> CheckAsync(ReadOnlyMemory<byte> elf, string name, CancellationToken cancellationToken = default)
    {
        var token = BpfScope.TokenOr(cancellationToken);
        return Task.Run<IReadOnlyList<ProgramCheck>>(() => CheckAll(elf, name, token), token);
    }

    private static ProgramCheck[] CheckAll(ReadOnlyMemory<byte> elf, string name, CancellationToken cancellationToken)
    {
        (string Name, string Section)[] programs;
        using (var open = OpenBpfObject.Open(elf, name))
        {
            programs = [.. open.Programs.Select(program => (program.Name, program.Section))];
        }

        var checks = new ProgramCheck[programs.Length];
        for (var i = 0; i < checks.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            checks[i] = CheckOne(elf, name, i, programs[i].Name, programs[i].Section);
        }

        return checks;
    }

    private static ProgramCheck CheckOne(ReadOnlyMemory<byte> elf, string name, int index, string program, string section)
    {
        var notes = new List<string>();
        BpfException? refusal = null;
        using (var open = OpenBpfObject.Open(elf, name))
        {
            try
            {
                for (var i = 0; i < open.Programs.Count; i++)
                {
                    open.Programs[i].Autoload = i == index;
                }

                FillSizes(open, notes);
                open.LoadAndClose();
            }
            catch (BpfException error)
            {
                refusal = error;
            }
        }

        return new ProgramCheck
        {
            Name = program,
            Section = section,
            Exception = refusal,
            Error = refusal is null ? null : OneLine(refusal),
            Notes = notes,
        };
    }

    /// <summary>Gives maps that leave it to their loader a size that any program can work with.</summary>
    private static void FillSizes(OpenBpfObject open, List<string> notes)
    {
        const uint Entries = 1024, RingBytes = 256 * 1024, DeepestStack = 127 * sizeof(ulong);
        foreach (var map in open.Maps)
        {
            if (map.IsInternal)
            {
                continue;
            }

            if (map.ValueSize == 0 && map.Type == BpfMapType.StackTrace)
            {
                map.ValueSize = (int)DeepestStack;
                notes.Add($"map '{map.Name}' has no value_size: checked with {DeepestStack} (127 frames)");
            }

            if (map.ValueSize == 0 && HoldsValues(map.Type))
            {
                map.ValueSize = sizeof(ulong);
                notes.Add($"map '{map.Name}' has no value_size: checked with {sizeof(ulong)}");
            }

            if (map.MaxEntries == 0 && SizeOf(map.Type, Entries, RingBytes) is { } entries)
            {
                map.MaxEntries = entries;
                notes.Add($"map '{map.Name}' has no max_entries: checked with {entries}");
            }
        }
    }

    private static bool HoldsValues(BpfMapType type) =>
        type is BpfMapType.Hash or BpfMapType.Array or BpfMapType.LruHash or BpfMapType.PerCpuHash or BpfMapType.PerCpuArray or BpfMapType.LruPerCpuHash;

    private static uint? SizeOf(BpfMapType type, uint entries, uint ringBytes) => type switch
    {
        BpfMapType.RingBuffer or BpfMapType.UserRingBuffer => ringBytes,
        BpfMapType.TaskStorage or BpfMapType.InodeStorage or BpfMapType.SkStorage or BpfMapType.CgroupLocalStorage or BpfMapType.CgroupStorage
            or BpfMapType.PerCpuCgroupStorage or BpfMapType.StructOps or BpfMapType.PerfEventArray => null,
        _ => entries,
    };

    private static string OneLine(BpfException refusal) => refusal.Message.ReplaceLineEndings(" ");
}

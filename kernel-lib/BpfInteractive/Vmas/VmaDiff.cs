namespace BpfInteractive;

/// <summary>What became of a range between two snapshots.</summary>
public enum VmaChangeKind
{
    /// <summary>Only the later has it.</summary>
    Mapped,

    /// <summary>Only the earlier has it.</summary>
    Unmapped,

    /// <summary>The same mapping is longer: at its end, or (a stack) at its start.</summary>
    Grown,

    /// <summary>The same mapping is shorter.</summary>
    Shrunk,

    /// <summary>The same range has other permissions.</summary>
    Protected,

    /// <summary>The same range maps something else.</summary>
    Replaced,
}

/// <summary>One difference between two snapshots.</summary>
/// <param name="Kind">What became of it.</param>
/// <param name="Before">The VMA in the earlier snapshot; null if it was mapped since.</param>
/// <param name="After">The VMA in the later snapshot; null if it is gone.</param>
public sealed record VmaChange(VmaChangeKind Kind, Vma? Before, Vma? After)
{
    /// <summary>By how many bytes the address space grew (or shrank).</summary>
    public long SizeBytes => (long)(After?.SizeBytes ?? 0) - (long)(Before?.SizeBytes ?? 0);

    /// <summary>"grown by 4096: 0x...".</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Kind.ToString().ToLowerInvariant()} {SizeBytes:+#;-#;0}: {After ?? Before}");
}

/// <summary>The differences between two snapshots of a process, in order of address.</summary>
public sealed class VmaDiff
{
    private VmaDiff(IReadOnlyList<VmaChange> changes, int same)
    {
        Changes = changes;
        Same = same;
    }

    /// <summary>The differences, in order of address.</summary>
    public IReadOnlyList<VmaChange> Changes { get; }

    /// <summary>How many VMAs are in both, unchanged.</summary>
    public int Same { get; }

    /// <summary>The differences as columns: change, start, end, perms, path, size_change, before_start, before_end, before_perms.</summary>
    public Columns Columns => ToColumns();

    internal static VmaDiff Between(VmaSnapshot earlier, VmaSnapshot later)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        ArgumentNullException.ThrowIfNull(later);
        var before = earlier.ToDictionary(vma => vma.Start);
        var beforeByEnd = earlier.ToDictionary(vma => vma.End);
        var changes = new List<VmaChange>();
        var same = 0;
        foreach (var after in later)
        {
            var partner = Partner(after, before, beforeByEnd);
            if (partner is not null)
            {
                before.Remove(partner.Start);
                beforeByEnd.Remove(partner.End);
            }

            if (Compare(partner, after) is { } kind)
            {
                changes.Add(new VmaChange(kind, partner, after));
            }
            else
            {
                same++;
            }
        }

        changes.AddRange(before.Values.Select(vma => new VmaChange(VmaChangeKind.Unmapped, vma, null)));
        return new VmaDiff([.. changes.OrderBy(change => (change.After ?? change.Before)!.Start)], same);
    }

    // The same start; else, for what grows downwards, the same end and the same backing.
    private static Vma? Partner(Vma after, Dictionary<ulong, Vma> byStart, Dictionary<ulong, Vma> byEnd)
    {
        if (byStart.TryGetValue(after.Start, out var partner))
        {
            return partner;
        }

        return byEnd.TryGetValue(after.End, out partner) && IsSameBacking(partner, after) ? partner : null;
    }

    private static VmaChangeKind? Compare(Vma? before, Vma after) => before switch
    {
        null => VmaChangeKind.Mapped,
        _ when !IsSameBacking(before, after) => VmaChangeKind.Replaced,
        _ when after.SizeBytes > before.SizeBytes => VmaChangeKind.Grown,
        _ when after.SizeBytes < before.SizeBytes => VmaChangeKind.Shrunk,
        _ when after.Permissions != before.Permissions => VmaChangeKind.Protected,
        _ => null,
    };

    private static bool IsSameBacking(Vma a, Vma b) =>
        a.Inode == b.Inode && a.Device == b.Device && a.Path == b.Path && a.Kind == b.Kind &&
        (a.Inode == 0 || unchecked(a.Offset - a.Start) == unchecked(b.Offset - b.Start));

    private Columns ToColumns() => new("vma changes",
    [
        TextColumn.Of("change", Changes.Select(change => change.Kind.ToString().ToLowerInvariant())),
        Addresses("start", change => (change.After ?? change.Before)!.Start),
        Addresses("end", change => (change.After ?? change.Before)!.End),
        TextColumn.Of("perms", Changes.Select(change => VmaPermissionText.Of((change.After ?? change.Before)!.Permissions))),
        TextColumn.Of("path", Changes.Select(change => (change.After ?? change.Before)!.Path)),
        new Column<long>("size_change", [.. Changes.Select(change => change.SizeBytes)], ColumnFormat.Bytes),
        Addresses("before_start", change => change.Before?.Start),
        Addresses("before_end", change => change.Before?.End),
        TextColumn.Of("before_perms", Changes.Select(change => change.Before is { } vma ? VmaPermissionText.Of(vma.Permissions) : null)),
    ]);

    private Column<ulong> Addresses(string name, Func<VmaChange, ulong?> of)
    {
        var column = new ColumnBuilder<ulong>(name, ColumnFormat.Address);
        foreach (var change in Changes)
        {
            if (of(change) is { } address)
            {
                column.Append(address);
            }
            else
            {
                column.AppendNull();
            }
        }

        return column.ToColumn();
    }
}

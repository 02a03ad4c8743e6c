namespace BpfInteractive.Tests.Stacks;

/// <summary>Tellings of mappings in and out of order end as if each were compared with all others.</summary>
public sealed class MappingChangesTests
{
    private const VmaPermissions Code = VmaPermissions.Read | VmaPermissions.Execute;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 3)]
    [InlineData(3, 40)]
    [InlineData(4, 1000)]
    public void What_lies_where_when_does_not_depend_on_how_it_was_found(int seed, int disorder)
    {
        var random = new Random(seed);
        var space = new AddressSpace();
        var plain = new List<AddressSpace.Row>();
        for (var step = 0; step < 600; step++)
        {
            var start = (ulong)random.Next(60) * 16;
            var mapping = new ProfileMapping(start, start + ((ulong)random.Next(1, 5) * 16), 0, random.Next(3), Code);
            var time = (step * 10) - (random.Next(disorder + 1) * 10) + 100_000;
            space.AddChange(time, mapping);
            AddPlainly(plain, new AddressSpace.Row(mapping, time - 1, time) { LastNs = long.MaxValue });
        }

        Assert.Equal(plain.Select(Told), space.Rows.Select(Told));
        Assert.Contains(plain, row => row.GoneNs != long.MaxValue);
    }

    private static (ProfileMapping Mapping, long First, long Last, long Gone) Told(AddressSpace.Row row) => (row.Mapping, row.FirstNs, row.LastNs, row.GoneNs);

    private static void AddPlainly(List<AddressSpace.Row> rows, AddressSpace.Row row)
    {
        var overlapping = rows.Where(other => other.Mapping.Start < row.Mapping.End && row.Mapping.Start < other.Mapping.End).ToList();
        if (overlapping.Exists(other => other.Mapping == row.Mapping && other.FirstNs <= row.FirstNs && other.GoneNs > row.FirstNs))
        {
            return;
        }

        foreach (var other in overlapping)
        {
            var (earlier, later) = other.FirstNs < row.FirstNs ? (other, row) : (row, other);
            if (earlier.GoneNs > later.FirstNs)
            {
                earlier.GoneNs = later.FirstNs;
                earlier.LastNs = Math.Max(earlier.FirstNs, later.FirstNs - 1);
            }
        }

        rows.Add(row);
    }
}

namespace BpfInteractive;

/// <summary>Puts profiles together. The same code (file, offset) becomes one location whatever capture it came from; processes and address spaces stay apart.</summary>
internal sealed class ProfileMerge
{
    private readonly FileTable _files = new();
    private readonly LocationTable _locations = new();
    private readonly StackTable _stacks = new();
    private readonly List<FrameName> _names = [];
    private bool _hasLines;
    private readonly ColumnsBuilder _mms;
    private readonly ColumnsBuilder _mappings;
    private readonly ColumnsBuilder _processes;
    private readonly ColumnsBuilder _threads;
    private readonly ColumnsBuilder _samples;

    private ProfileMerge(ProfileTables like)
    {
        _mms = ColumnsBuilder.Like(like.Mms);
        _mappings = ColumnsBuilder.Like(like.Mappings);
        _processes = ColumnsBuilder.Like(like.Processes);
        _threads = ColumnsBuilder.Like(like.Threads);
        _samples = ColumnsBuilder.Like(like.Samples);
    }

    internal static Profile Of(IReadOnlyList<Profile> profiles)
    {
        var first = profiles[0];
        var merge = new ProfileMerge(first.Tables);
        foreach (var profile in profiles)
        {
            if ((profile.Info.ValueType, profile.Info.ValueUnit) != (first.Info.ValueType, first.Info.ValueUnit))
            {
                throw new ArgumentException($"{profile.Info.ValueType} in {profile.Info.ValueUnit} and {first.Info.ValueType} in {first.Info.ValueUnit} do not add up", nameof(profiles));
            }

            merge.Add(profile);
        }

        return merge.ToProfile(first.Info with
        {
            End = profiles.MaxBy(profile => profile.Info.End.UnixNs)!.Info.End,
            Notes = [.. profiles.SelectMany(profile => profile.Info.Notes).Distinct(StringComparer.Ordinal)],
        });
    }

    private void Add(Profile profile)
    {
        var tables = profile.Tables;
        var (firstMm, firstProcess, firstThread) = (_mms.RowCount, _processes.RowCount, _threads.RowCount);
        int[] files = [.. Enumerable.Range(0, tables.Files.RowCount).Select(file => _files.Add(Moved(profile.FileOf(file), firstMm)))];
        var locations = AddLocations(profile, files);
        var stacks = AddStacks(tables.Stacks, locations);
        _mms.Append(tables.Mms);
        _mappings.Append(Shifted(Mapped(tables.Mappings, "file", files), "mm", firstMm));
        _processes.Append(Shifted(tables.Processes, "mm", firstMm));
        _threads.Append(Shifted(tables.Threads, "process", firstProcess));
        _samples.Append(Shifted(Mapped(Mapped(tables.Samples, "user_stack", stacks), "kernel_stack", stacks), "thread", firstThread).WithLosses(profile.Losses));
    }

    private int[] AddLocations(Profile profile, int[] files)
    {
        _hasLines |= profile.Names.HasLines;
        var rows = profile.Tables.Locations;
        var numbers = new int[rows.RowCount];
        for (var row = 0; row < numbers.Length; row++)
        {
            var location = profile.LocationOf(row);
            var number = _locations.Add(files[location.FileNumber], location.Offset, location.IsReturn, (FrameReason)rows.Values<byte>("unmapped")[row]);
            numbers[row] = number;
            var name = profile.Names[row];
            if (number == _names.Count)
            {
                _names.Add(name);
            }
            else if ((_names[number].Function is null && name.Reason != FrameReason.NotLookedUp) || (_names[number].Lines is null && name.Lines is not null))
            {
                _names[number] = name;
            }
        }

        return numbers;
    }

    private int[] AddStacks(Columns rows, int[] locations)
    {
        var callers = rows.Values<int>("caller");
        var own = rows.Values<int>("location");
        var numbers = new int[rows.RowCount];
        for (var row = 0; row < numbers.Length; row++)
        {
            numbers[row] = _stacks.Add(callers[row] < 0 ? -1 : numbers[callers[row]], locations[own[row]]);
        }

        return numbers;
    }

    private Profile ToProfile(ProfileInfo info)
    {
        var samples = _samples.ToColumns();
        var tables = new ProfileTables
        {
            Files = _files.ToColumns(),
            Mms = _mms.ToColumns(),
            Mappings = _mappings.ToColumns(),
            Processes = _processes.ToColumns(),
            Threads = _threads.ToColumns(),
            Locations = _locations.ToColumns(),
            Stacks = _stacks.ToColumns(),
            Samples = samples,
        };
        return new Profile(info, tables, ProfileNames.Of(_names, _hasLines), samples.Losses);
    }

    private static ProfileFile Moved(ProfileFile file, int firstMm) => file.Mm < 0 ? file : file with { Mm = file.Mm + firstMm };

    private static Columns Shifted(Columns columns, string name, int by) => Replaced(columns, name, value => value < 0 ? value : value + by);

    private static Columns Mapped(Columns columns, string name, int[] numbers) => Replaced(columns, name, value => value < 0 ? value : numbers[value]);

    private static Columns Replaced(Columns columns, string name, Func<int, int> change)
    {
        var changed = new Column<int>(name, [.. columns.Values<int>(name).ToArray().Select(change)], columns[name].Format);
        return new Columns(columns.Name, columns.Select(column => column.Name == name ? changed : column), columns.Losses);
    }
}

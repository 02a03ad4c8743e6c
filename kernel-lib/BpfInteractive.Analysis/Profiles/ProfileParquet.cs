using System.Globalization;

namespace BpfInteractive.Analysis;

/// <summary>
/// A profile as a folder of Parquet files, one a table: any tool that reads Parquet can query it (<c>FROM 'p.parquet/samples.parquet'</c>). The tables' rows name each other by
/// number, from 0 on. <c>profile.parquet</c> has one row of what is true of the whole, the schema's version first.
/// </summary>
internal static class ProfileParquet
{
    /// <summary>Raised when a reader of the old version would misread the new one.</summary>
    internal const int SchemaVersion = 1;

    private const string InfoName = "profile";
    private const string NamesName = "names";
    private const string LinesName = "lines";

    internal static async Task WriteAsync(Profile profile, string folder, CancellationToken cancellationToken)
    {
        var part = $"{folder.TrimEnd('/')}.{Environment.ProcessId}.part";
        Directory.CreateDirectory(part);
        try
        {
            foreach (var table in profile.Tables.All.Append(profile.Names.Columns).Append(InfoOf(profile)).Concat(profile.Names.Lines is { } lines ? [lines] : []))
            {
                var stream = File.Create(Path.Combine(part, table.Name + ".parquet"));
                await using (stream.ConfigureAwait(false))
                {
                    await table.WriteParquetAsync(stream, small: true, cancellationToken).ConfigureAwait(false);
                }
            }

            Replace(folder, part);
        }
        catch
        {
            Directory.Delete(part, recursive: true);
            throw;
        }
    }

    internal static async Task<Profile> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        if (!IsProfile(folder))
        {
            throw new InvalidDataException($"{folder} is no profile: it has no {InfoName}.parquet");
        }

        var facts = await ReadAsync(folder, InfoName, cancellationToken).ConfigureAwait(false);
        var version = facts.Values<int>("schema")[0];
        if (version != SchemaVersion)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{folder} has schema version {version}; this build reads {SchemaVersion}"));
        }

        var tables = new List<Columns>();
        foreach (var name in ProfileTables.Names)
        {
            tables.Add(await ReadAsync(folder, name, cancellationToken).ConfigureAwait(false));
        }

        var names = await ReadAsync(folder, NamesName, cancellationToken).ConfigureAwait(false);
        var lines = File.Exists(Path.Combine(folder, LinesName + ".parquet")) ? await ReadAsync(folder, LinesName, cancellationToken).ConfigureAwait(false) : null;
        return new Profile(InfoFrom(facts), ProfileTables.Of(tables), ProfileNames.FromColumns(names, lines), tables[^1].Losses);
    }

    internal static bool IsProfile(string folder) => File.Exists(Path.Combine(folder, InfoName + ".parquet"));

    private static async Task<Columns> ReadAsync(string folder, string name, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, name + ".parquet");
        return File.Exists(path)
            ? await ParquetFiles.ReadAsync(path, cancellationToken).ConfigureAwait(false)
            : throw new InvalidDataException($"{folder} is no whole profile: it has no {name}.parquet");
    }

    // Only another profile is written over; anything else that has the name stays.
    private static void Replace(string folder, string part)
    {
        if (Directory.Exists(folder))
        {
            if (!IsProfile(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            {
                throw new IOException($"{folder} is there and is no profile: it is not written over");
            }

            Directory.Delete(folder, recursive: true);
        }

        Directory.Move(part, folder);
    }

    private static Columns InfoOf(Profile profile)
    {
        var info = profile.Info;
        return new Columns(
            InfoName,
            [
                new Column<int>("schema", [SchemaVersion]),
                TextColumn.Of("event", info.Event), TextColumn.Of("value_type", info.ValueType), TextColumn.Of("value_unit", info.ValueUnit),
                new Column<double>("frequency_hz", [info.FrequencyHz]), new Column<long>("period", [info.Period]),
                new Column<long>("start", [info.Start.MonotonicNs], ColumnFormat.Nanoseconds),
                new Column<long>("start_boot", [info.Start.BootNs], ColumnFormat.Nanoseconds),
                new Column<long>("start_wall", [info.Start.UnixNs], ColumnFormat.UnixNanoseconds),
                new Column<long>("end", [info.End.MonotonicNs], ColumnFormat.Nanoseconds),
                new Column<long>("end_boot", [info.End.BootNs], ColumnFormat.Nanoseconds),
                new Column<long>("end_wall", [info.End.UnixNs], ColumnFormat.UnixNanoseconds),
                TextColumn.Of("host", info.Host), TextColumn.Of("kernel_release", info.KernelRelease), TextColumn.Of("target", info.Target),
                new Column<long>("ring_bytes", [info.RingBytes], ColumnFormat.Bytes),
                TextColumn.Of("notes", string.Join('\n', info.Notes)),
            ],
            profile.Losses);
    }

    private static ProfileInfo InfoFrom(Columns facts)
    {
        return new ProfileInfo
        {
            Event = Text("event"),
            ValueType = Text("value_type"),
            ValueUnit = Text("value_unit"),
            FrequencyHz = facts.Values<double>("frequency_hz")[0],
            Period = Number("period"),
            Start = new ClockReading(Number("start"), Number("start_boot"), Number("start_wall")),
            End = new ClockReading(Number("end"), Number("end_boot"), Number("end_wall")),
            Host = Text("host"),
            KernelRelease = Text("kernel_release"),
            Target = Text("target"),
            RingBytes = facts.TryGet("ring_bytes", out _) ? Number("ring_bytes") : 0, // Captures of earlier builds have it not.
            Notes = Text("notes").Split('\n', StringSplitOptions.RemoveEmptyEntries),
        };

        string Text(string name) => facts.Text(name)[0] ?? "";
        long Number(string name) => facts.Values<long>(name)[0];
    }
}

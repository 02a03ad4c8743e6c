using System.IO.Compression;
using BpfInteractive.Analysis.Pprof;
using Google.Protobuf;

namespace BpfInteractive.Analysis;

/// <summary>
/// A profile in pprof's format (profile.proto, gzipped). A location's address is its offset in its file, and the file's mapping begins at 0: so what has no name keeps its
/// identity (file, build id, offset), and pprof can name it later. Samples carry the labels comm, thread, pid and tid.
/// </summary>
internal sealed class PprofWriter
{
    private readonly Profile _profile;
    private readonly Pprof.Profile _out = new();
    private readonly StringTable _texts;
    private readonly Dictionary<(string Name, string Path), ulong> _functions = [];

    private PprofWriter(Profile profile)
    {
        _profile = profile;
        _texts = new StringTable(_out.StringTable);
        _ = _texts[""];
    }

    internal static async Task WriteAsync(Profile profile, Stream output, CancellationToken cancellationToken)
    {
        var message = new PprofWriter(profile).Make();
        var zipped = new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true);
        await using (zipped.ConfigureAwait(false))
        {
            await zipped.WriteAsync(message.ToByteArray(), cancellationToken).ConfigureAwait(false);
        }
    }

    private Pprof.Profile Make()
    {
        var info = _profile.Info;
        _out.SampleType.Add(Unit("samples", "count"));
        _out.SampleType.Add(Unit(info.ValueType, info.ValueUnit));
        _out.DefaultSampleType = _texts[info.ValueType];
        _out.PeriodType = Unit(info.ValueType, info.ValueUnit);
        _out.Period = info.Period != 0 ? info.Period : info.FrequencyHz > 0 ? (long)(1e9 / info.FrequencyHz) : 0;
        _out.TimeNanos = info.Start.UnixNs;
        _out.DurationNanos = info.Duration.Ticks * 100;
        foreach (var line in _profile.Summarize().ToLines().Concat(info.Notes))
        {
            _out.Comment.Add(_texts[line]);
        }

        AddMappings();
        AddLocations();
        AddSamples();
        return _out;
    }

    private Pprof.ValueType Unit(string type, string unit) => new() { Type = _texts[type], Unit = _texts[unit] };

    private void AddMappings()
    {
        for (var file = 0; file < _profile.Tables.Files.RowCount; file++)
        {
            var about = _profile.FileOf(file);
            _out.Mapping.Add(new Mapping
            {
                Id = (ulong)file + 1,
                MemoryStart = 0,
                MemoryLimit = ulong.MaxValue,
                Filename = _texts[about.Path],
                BuildId = _texts[about.BuildId.ToString()],
            });
        }
    }

    private void AddLocations()
    {
        for (var row = 0; row < _profile.Tables.Locations.RowCount; row++)
        {
            var place = _profile.LocationOf(row);
            var location = new Location { Id = (ulong)row + 1, MappingId = (ulong)place.FileNumber + 1, Address = place.Offset };
            var mapping = _out.Mapping[place.FileNumber];
            if (_profile.Names.LinesOf(row) is { Count: > 0 } lines)
            {
                // Innermost first, as profile.proto wants them.
                location.Line.Add(lines.Select(line => new Line { FunctionId = FunctionOf(line.Function, line.File), Line_ = line.Line }));
                mapping.HasFunctions = mapping.HasFilenames = mapping.HasLineNumbers = mapping.HasInlineFrames = true;
            }
            else if (NameOf(row, place) is { } name)
            {
                location.Line.Add(new Line { FunctionId = FunctionOf(name, place.File.Path) });
                mapping.HasFunctions = true;
            }

            _out.Location.Add(location);
        }
    }

    private string? NameOf(int row, ProfileLocation place) =>
        _profile.Names.FunctionOf(row) ?? (place.File.Kind is ProfileFileKind.Unmapped || place.Offset == 0 ? place.File.Path : null);

    private ulong FunctionOf(string name, string path)
    {
        if (!_functions.TryGetValue((name, path), out var id))
        {
            id = (ulong)_functions.Count + 1;
            _functions.Add((name, path), id);
            _out.Function.Add(new Function { Id = id, Name = _texts[name], SystemName = _texts[name], Filename = _texts[path] });
        }

        return id;
    }

    private void AddSamples()
    {
        var samples = _profile.Tables.Samples;
        var threads = samples.Values<int>("thread");
        var user = samples.Values<int>("user_stack");
        var kernel = samples.Values<int>("kernel_stack");
        var values = samples.Values<long>("value");
        var known = new Dictionary<(int, int, int), Sample>();
        for (var row = 0; row < threads.Length; row++)
        {
            var key = (threads[row], user[row], kernel[row]);
            if (!known.TryGetValue(key, out var sample))
            {
                known[key] = sample = NewSample(key);
                _out.Sample.Add(sample);
            }

            sample.Value[0]++;
            sample.Value[1] += values[row];
        }
    }

    private Sample NewSample((int Thread, int User, int Kernel) key)
    {
        var sample = new Sample();
        AddStack(sample, key.Kernel);
        AddStack(sample, key.User);
        sample.Value.Add([0, 0]);
        var (threads, processes) = (_profile.Tables.Threads, _profile.Tables.Processes);
        var process = threads.Values<int>("process")[key.Thread];
        sample.Label.Add(new Label { Key = _texts["comm"], Str = _texts[processes.Text("comm")[process] ?? ""] });
        sample.Label.Add(new Label { Key = _texts["thread"], Str = _texts[threads.Text("comm")[key.Thread] ?? ""] });
        sample.Label.Add(new Label { Key = _texts["pid"], Num = processes.Values<int>("pid")[process] });
        sample.Label.Add(new Label { Key = _texts["tid"], Num = threads.Values<int>("tid")[key.Thread] });
        return sample;
    }

    private void AddStack(Sample sample, int stack)
    {
        var callers = _profile.Tables.Stacks.Values<int>("caller");
        var locations = _profile.Tables.Stacks.Values<int>("location");
        for (; stack >= 0; stack = callers[stack])
        {
            sample.LocationId.Add((ulong)locations[stack] + 1);
        }
    }
}

using System.Text.Json;

namespace BpfInteractive.Analysis;

/// <summary>
/// A profile in speedscope's format (https://www.speedscope.app/file-format-schema.json): first all processes together, then the heaviest one by one, each in order of time, so
/// that both the time line and the left-heavy view say something.
/// </summary>
internal static class SpeedscopeWriter
{
    private const int MostProcesses = 50;

    internal static void Write(Profile profile, Stream output)
    {
        using var json = new Utf8JsonWriter(output);
        var frames = new Frames(profile);
        json.WriteStartObject();
        json.WriteString("$schema", "https://www.speedscope.app/file-format-schema.json");
        json.WriteString("version", "0.0.1");
        json.WriteString("exporter", "bpfinteractive");
        json.WriteString("name", $"{profile.Info.Target} on {profile.Info.Host}");
        json.WriteNumber("activeProfileIndex", 0);
        json.WriteStartArray("profiles");
        var rows = InOrderOfTime(profile);
        WriteProfile(json, profile, frames, "all processes", rows, withProcess: true);
        foreach (var (name, own) in Heaviest(profile, rows))
        {
            WriteProfile(json, profile, frames, name, own, withProcess: false);
        }

        json.WriteEndArray();
        json.WriteStartObject("shared");
        frames.Write(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static int[] InOrderOfTime(Profile profile)
    {
        var times = profile.Tables.Samples.Values<long>("time").ToArray();
        return [.. Enumerable.Range(0, times.Length).OrderBy(row => times[row])];
    }

    private static IEnumerable<(string Name, int[] Rows)> Heaviest(Profile profile, int[] rows)
    {
        var threads = profile.Tables.Samples.Values<int>("thread").ToArray();
        var processOf = profile.Tables.Threads.Values<int>("process").ToArray();
        var values = profile.Tables.Samples.Values<long>("value").ToArray();
        var pids = profile.Tables.Processes.Values<int>("pid").ToArray();
        var comms = profile.Tables.Processes.Text("comm");
        return rows.GroupBy(row => processOf[threads[row]]).OrderByDescending(own => own.Sum(row => values[row])).Take(MostProcesses)
            .Select(own => ($"{comms[own.Key]} ({pids[own.Key]})", own.ToArray()));
    }

    private static void WriteProfile(Utf8JsonWriter json, Profile profile, Frames frames, string name, int[] rows, bool withProcess)
    {
        var values = profile.Tables.Samples.Values<long>("value");
        var weights = new List<long>();
        json.WriteStartObject();
        json.WriteString("type", "sampled");
        json.WriteString("name", name);
        json.WriteString("unit", profile.Info.ValueUnit is "nanoseconds" or "bytes" ? profile.Info.ValueUnit : "none");
        json.WriteNumber("startValue", 0);
        json.WriteStartArray("samples");
        (int, int, int) last = (-2, -2, -2);
        foreach (var row in rows)
        {
            // Samples of one stack after each other are one, as long as both weigh together.
            var key = frames.KeyOf(row, withProcess);
            if (key == last)
            {
                weights[^1] += values[row];
                continue;
            }

            last = key;
            weights.Add(values[row]);
            json.WriteStartArray();
            foreach (var frame in frames.StackOf(key))
            {
                json.WriteNumberValue(frame);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteStartArray("weights");
        weights.ForEach(weight => json.WriteNumberValue(weight));
        json.WriteEndArray();
        json.WriteNumber("endValue", weights.Sum());
        json.WriteEndObject();
    }

    /// <summary>The frames, shared by all profiles of the file: those of the code, then a frame for each process's name.</summary>
    private sealed class Frames(Profile profile)
    {
        private readonly Dictionary<(string Name, string Module), int> _numbers = [];
        private readonly List<(string Name, string Module)> _all = [];
        private readonly ProfileFrames _frames = profile.Frames;

        internal (int Process, int User, int Kernel) KeyOf(int row, bool withProcess)
        {
            var samples = profile.Tables.Samples;
            var process = withProcess ? profile.Tables.Threads.Values<int>("process")[samples.Values<int>("thread")[row]] : -1;
            return (process, samples.Values<int>("user_stack")[row], samples.Values<int>("kernel_stack")[row]);
        }

        internal IEnumerable<int> StackOf((int Process, int User, int Kernel) key)
        {
            if (key.Process >= 0)
            {
                yield return NumberOf(profile.Tables.Processes.Text("comm")[key.Process] ?? "?", "");
            }

            foreach (var frame in _frames.PathOf(key.User).Concat(_frames.PathOf(key.Kernel)))
            {
                var about = _frames[frame];
                yield return NumberOf(about.Text + about.Kind switch { FrameKind.Kernel => "_[k]", FrameKind.Inlined => "_[i]", _ => "" }, about.Module);
            }
        }

        internal void Write(Utf8JsonWriter json)
        {
            json.WriteStartArray("frames");
            foreach (var (name, module) in _all)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                if (module.Length > 0)
                {
                    json.WriteString("file", module);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        private int NumberOf(string name, string module)
        {
            if (!_numbers.TryGetValue((name, module), out var number))
            {
                number = _all.Count;
                _numbers.Add((name, module), number);
                _all.Add((name, module));
            }

            return number;
        }
    }
}

using System.Text.Json;
using BpfInteractive.Analysis;
using BpfInteractive.Tests.Stacks;

namespace BpfInteractive.Tests.Analysis;

/// <summary>A profile in files: what comes back, and what other tools read.</summary>
public sealed class ProfileFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Profile _profile = HandmadeProfile.Named();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Parquet_comes_back_as_it_was()
    {
        _profile.Save(_folder["p.parquet"]);
        var read = ProfileFiles.OpenProfile(_folder["p.parquet"]);

        Assert.Equal(_profile.Info with { Notes = [] }, read.Info with { Notes = [] });
        Assert.Equal(_profile.Info.Notes, read.Info.Notes);
        Assert.Equal(_profile.ToString(), read.ToString());
        Assert.All(_profile.Tables.All.Zip(read.Tables.All), pair => Assert.Equal(pair.First.ToTable(), pair.Second.ToTable()));
        Assert.Equal(_profile.Names.Columns.ToTable(), read.Names.Columns.ToTable());
    }

    [Fact]
    public void A_profile_is_written_over_another_and_over_nothing_else()
    {
        _profile.Save(_folder["p.parquet"]);
        HandmadeProfile.Named(2).Save(_folder["p.parquet"]);
        Assert.Equal(20, ProfileFiles.OpenProfile(_folder["p.parquet"]).SampleCount);

        _folder.Write("mine.parquet/letter.txt", "dear");
        Assert.Contains("is no profile", Assert.Throws<IOException>(() => _profile.Save(_folder["mine.parquet"])).Message, StringComparison.Ordinal);
        Assert.Equal("dear", File.ReadAllText(_folder["mine.parquet/letter.txt"]));
        Assert.Equal(["mine.parquet", "p.parquet"], Directory.GetFileSystemEntries(_folder.FullName).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void What_is_no_profile_is_told_in_one_message()
    {
        Assert.Contains("is no profile", Assert.Throws<InvalidDataException>(() => ProfileFiles.OpenProfile(_folder["none.parquet"])).Message, StringComparison.Ordinal);
        _profile.Save(_folder["p.parquet"]);
        File.Delete(_folder["p.parquet/stacks.parquet"]);
        Assert.Contains("it has no stacks.parquet", Assert.Throws<InvalidDataException>(() => ProfileFiles.OpenProfile(_folder["p.parquet"])).Message, StringComparison.Ordinal);
        Assert.Contains(".speedscope.json", Assert.Throws<ArgumentException>(() => _profile.Save(_folder["p.xyz"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pprof_is_read_by_pprof_itself()
    {
        Require.Tool("go");
        _profile.Save(_folder["p.pb.gz"]);
        var environment = new Dictionary<string, string?> { ["HOME"] = _folder.FullName, ["PPROF_TMPDIR"] = _folder.FullName };

        var top = await TestProcess.RunAsync("go", ["tool", "pprof", "-top", "-symbolize=none", "-sample_index=samples", _folder["p.pb.gz"]], _folder.FullName, environment);
        Assert.Equal(0, top.Status);
        Assert.Matches(@"\s4\s+40\.00%\s+40\.00%\s+4\s+40\.00%\s+work<int>", top.Output);
        Assert.Matches(@"\s2\s+20\.00%\s+\d+\.00%\s+9\s+90\.00%\s+main", top.Output);

        var raw = await TestProcess.RunAsync("go", ["tool", "pprof", "-raw", "-symbolize=none", _folder["p.pb.gz"]], _folder.FullName, environment);
        Assert.Contains("/lib/libc.so.6", raw.Output, StringComparison.Ordinal);
        Assert.Contains("/bin/app aabb", raw.Output, StringComparison.Ordinal);
        Assert.Contains("samples/count cpu/nanoseconds[dflt]", raw.Output, StringComparison.Ordinal);
        Assert.Matches(@"comm:\[app\]", raw.Output);
    }

    [Fact]
    public async Task Blocked_time_is_blocked_time_in_pprof_and_speedscope_too()
    {
        Require.Tool("go");
        var blocked = HandmadeProfile.WithNames(HandmadeProfile.Make(info: new ProfileInfo { Event = "off-cpu", ValueType = "off-cpu", ValueUnit = "nanoseconds" }));
        blocked.Save(_folder["b.pb.gz"]);
        blocked.Save(_folder["b.speedscope.json"]);

        var environment = new Dictionary<string, string?> { ["HOME"] = _folder.FullName, ["PPROF_TMPDIR"] = _folder.FullName };
        var raw = await TestProcess.RunAsync("go", ["tool", "pprof", "-raw", "-symbolize=none", _folder["b.pb.gz"]], _folder.FullName, environment);
        Assert.Contains("samples/count off-cpu/nanoseconds[dflt]", raw.Output, StringComparison.Ordinal);

        using var document = JsonDocument.Parse(File.ReadAllBytes(_folder["b.speedscope.json"]));
        var all = document.RootElement.GetProperty("profiles")[0];
        Assert.Equal("nanoseconds", all.GetProperty("unit").GetString());
        Assert.Equal(10 * HandmadeProfile.Weight, all.GetProperty("weights").EnumerateArray().Sum(weight => weight.GetInt64()));
    }

    [Fact]
    public void Speedscope_keeps_to_its_format()
    {
        _profile.Save(_folder["p.speedscope.json"]);
        using var document = JsonDocument.Parse(File.ReadAllBytes(_folder["p.speedscope.json"]));
        var root = document.RootElement;
        var frames = root.GetProperty("shared").GetProperty("frames").GetArrayLength();
        var profiles = root.GetProperty("profiles").EnumerateArray().ToList();

        Assert.Equal("https://www.speedscope.app/file-format-schema.json", root.GetProperty("$schema").GetString());
        Assert.Equal(["all processes", "app (10)", "two; parts (20)"], profiles.Select(profile => profile.GetProperty("name").GetString()));
        Assert.All(profiles, profile =>
        {
            var weights = profile.GetProperty("weights").EnumerateArray().Select(weight => weight.GetInt64()).ToList();
            var samples = profile.GetProperty("samples").EnumerateArray().ToList();
            Assert.Equal(("sampled", "nanoseconds", 0L), (profile.GetProperty("type").GetString(), profile.GetProperty("unit").GetString(), profile.GetProperty("startValue").GetInt64()));
            Assert.Equal(samples.Count, weights.Count);
            Assert.Equal(weights.Sum(), profile.GetProperty("endValue").GetInt64());
            Assert.All(samples.SelectMany(sample => sample.EnumerateArray()), frame => Assert.InRange(frame.GetInt32(), 0, frames - 1));
        });
        Assert.Equal(_profile.TotalValue, profiles[0].GetProperty("endValue").GetInt64());
    }

    [Fact]
    public void Json_states_its_schema_and_what_was_lost()
    {
        _profile.Save(_folder["p.json"]);
        using var document = JsonDocument.Parse(File.ReadAllBytes(_folder["p.json"]));
        var root = document.RootElement;

        Assert.Equal(1, root.GetProperty("schema").GetInt32());
        Assert.Equal(3, root.GetProperty("losses")[0].GetProperty("count").GetInt32());
        Assert.Equal(2, root.GetProperty("summary").GetProperty("unnamed").GetProperty("no symbols").GetInt32());
        Assert.Equal("work<int>", root.GetProperty("functions")[0].GetProperty("function").GetString());
        Assert.Equal(5, root.GetProperty("stacks").GetArrayLength());
    }

    [Fact]
    public void Frames_are_by_sample_stack_and_function()
    {
        Assert.Equal(10, _profile.ToDataFrame(ProfileRow.Sample).Rows.Count);
        Assert.Equal(5, _profile.ToDataFrame(ProfileRow.Stack).Rows.Count);
        var functions = _profile.ToDataFrame();
        Assert.Equal("work<int>", functions["function"][0]);
        Assert.Equal(3, functions.LossesOf().Total);
    }
}

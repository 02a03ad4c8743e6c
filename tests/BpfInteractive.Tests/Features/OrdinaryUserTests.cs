namespace BpfInteractive.Tests.FeatureTests;

/// <summary>Without root: what is missing is told as a missing right, with how to get it; with CAP_BPF and CAP_PERFMON nearly all works.</summary>
public sealed class OrdinaryUserTests
{
    [Fact, AsUser]
    public void A_missing_right_is_the_reason_for_a_user()
    {
        Require.OrdinaryUser();
        var state = Features.Probe("raw_tp");
        Assert.False(state.Available);
        Assert.Contains("needs CAP_BPF and CAP_PERFMON, which this process lacks", state.Reason, StringComparison.Ordinal);
        Assert.Contains("setpriv", state.Remedy, StringComparison.Ordinal);
        Assert.False(Features.Has("CAP_BPF"));
        Assert.True(Features.Has("btf"));
    }

    [Theory]
    [InlineData("", "needs CAP_BPF and CAP_PERFMON, which this process lacks")]
    [InlineData("+bpf", "needs CAP_PERFMON, which this process lacks")]
    [InlineData("+bpf,+perfmon", null)]
    public async Task Doctor_ends_well_for_a_user_with(string capabilities, string? reason)
    {
        Require.Root();
        Require.Tool("setpriv");
        string[] granted = capabilities.Length == 0 ? [] : ["--inh-caps", capabilities, "--ambient-caps", capabilities];
        var (status, output, errors) = await TestProcess.RunAsync(
            "setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", .. granted, Machine.Bpfi, "doctor", "--json"],
            environment: new Dictionary<string, string?> { ["HOME"] = "/nonexistent" });
        Assert.SkipWhen(status == 126 || errors.Contains("Permission denied", StringComparison.Ordinal), "the clone is closed to others");
        Assert.Equal((0, ""), (status, errors));
        using var report = System.Text.Json.JsonDocument.Parse(output);
        Assert.Equal(1, report.RootElement.GetProperty("schema").GetInt32());
        var tracing = report.RootElement.GetProperty("features").EnumerateArray().First(feature => feature.GetProperty("name").GetString() == "raw_tp");
        Assert.Equal(reason is null, tracing.GetProperty("available").GetBoolean());
        Assert.Contains(reason ?? "", tracing.GetProperty("reason").GetString() ?? "", StringComparison.Ordinal);
    }
}

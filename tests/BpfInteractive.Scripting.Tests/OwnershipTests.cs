namespace BpfInteractive.Scripting.Tests;

/// <summary>What becomes of the BPF objects that cells make. They are made of the kernel's: a map is enough.</summary>
public sealed class OwnershipTests : IAsyncDisposable
{
    private const string Load = "await Bpf.LoadAsync(\"struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } numbers SEC(\\\".maps\\\");\")";

    private readonly CellSession _session = new();
    private readonly RecordedOutput _output = new();

    public OwnershipTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "loading needs root");

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Fact]
    public async Task An_object_declared_again_is_disposed_once_the_new_cell_succeeded()
    {
        await RunAsync($"var x = {Load};");
        var first = _session.Owned.Select(entry => entry.Resource).ToList();
        Assert.NotEmpty(first);
        var failed = await _session.RunAsync($"var x = {Load}; throw new FormatException();", _output);
        Assert.Equal("FormatException", failed.Error?.Name);
        Assert.Equal(first, _session.Owned.Select(entry => entry.Resource));

        await RunAsync($"var x = {Load};");
        Assert.DoesNotContain(first[0], _session.Owned.Select(entry => entry.Resource));
        Assert.Equal(first.Count, _session.Owned.Count);
    }

    [Fact]
    public async Task An_object_that_another_variable_holds_stays()
    {
        await RunAsync($"var x = {Load}; var y = x;");
        var first = _session.Owned[0].Resource;
        await RunAsync("var x = 1;");
        Assert.Contains(first, _session.Owned.Select(entry => entry.Resource));
        await RunAsync("var y = 1;");
        Assert.Empty(_session.Owned);
    }

    [Fact]
    public async Task A_kept_object_stays_until_the_session_ends()
    {
        await RunAsync($"var x = Keep({Load});");
        var kept = (BpfObject)_session.Variables.Single().Value!;
        await RunAsync("var x = 1;");
        Assert.False(kept.IsDisposed);
        Assert.Contains(kept, _session.Owned.Select(entry => entry.Resource));
        await _session.DisposeAsync();
        Assert.True(kept.IsDisposed);
    }

    private async Task RunAsync(string code)
    {
        var result = await _session.RunAsync(code, _output);
        Assert.True(result.Succeeded, result.Error?.Text);
    }
}

using BpfInteractive.Tests.Infrastructure;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace BpfInteractive.Scripting.Tests;

/// <summary>The text of the .NET Interactive extension, compiled and run as the host does, against stand-ins of the host's types (HostStandIn.cs); the kernel that loads is the real one.</summary>
[Collection(StandInHost.Alone)]
public sealed class ExtensionTests : IAsyncLifetime
{
    private const string Program = "u64 seen;\nconst volatile u32 first, second;\nSEC(\"tracepoint/syscalls/sys_enter_getpgid\")\nint on_call(void *ctx)\n{\n    __sync_fetch_and_add(&seen, first + second);\n    return 0;\n}\n";
    private readonly CompositeKernel _root = new();
    private readonly StandInCSharpKernel _csharp = new();

    private Kernel BpfKernel => Assert.Single(_root.Children, child => child.Name == "bpf");

    public async ValueTask InitializeAsync()
    {
        _root.Add(_csharp);
        Assert.Empty(Failures(await LoadAsync()));
    }

    public ValueTask DisposeAsync()
    {
        _root.Children.ForEach(child => child.Dispose());
        BpfInteractive.Charts.Live.SetHost(CellLiveHost.OfCaller);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Loading_twice_adds_one_kernel_and_says_so_once()
    {
        var again = await LoadAsync();
        Assert.Empty(again.Events);
        Assert.Equal("bpf", BpfKernel.Name);
        Assert.Equal(["--name", "--no-attach", "--var", "--pid", "--keep-maps", "--show", "--list"], BpfKernel.KernelSpecifierDirective.Parameters.Select(parameter => parameter.Name));
    }

    [Fact]
    public async Task A_cell_becomes_a_typed_variable_of_the_hosts_csharp()
    {
        RequireRoot();
        var shown = await RunAsync(Program, ("--name", "calls"), ("--var", "first=40,second=2"), ("--no-attach", "False"));
        Assert.Empty(Failures(shown));
        var display = Assert.IsType<DisplayedValueProduced>(Assert.Single(shown.Events));
        Assert.Contains("calls (new): 1 attached", display.FormattedValues.Single(value => value.MimeType == "text/plain").Value, StringComparison.Ordinal);
        Assert.Contains("<table>", display.FormattedValues.Single(value => value.MimeType == "text/html").Value, StringComparison.Ordinal);
        Syscall();
        Assert.Equal(42UL, await EvaluateAsync("calls.Globals.seen"));

        var again = await RunAsync(Program, ("--name", "calls"), ("--no-attach", "True"));
        Assert.Contains("calls (replaced): loaded, not attached", Text(again), StringComparison.Ordinal);
        Assert.Contains("calls (the cell of calls", Text(await RunAsync("", ("--list", "True"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_cell_fails_at_its_own_line_and_leaves_what_runs()
    {
        RequireRoot();
        Assert.Empty(Failures(await RunAsync(Program, ("--name", "kept"), ("--var", "first=1"))));
        var refused = await RunAsync(Program.Replace("return 0", "return nothing", StringComparison.Ordinal), ("--name", "kept"));
        Assert.Equal("clang refused kept", Assert.Single(Failures(refused)));
        Assert.Contains(":8:12: error:", Text(refused), StringComparison.Ordinal);
        Syscall();
        Assert.Equal(1UL, await EvaluateAsync("kept.Globals.seen"));
    }

    [Fact]
    public async Task A_wrong_option_is_one_sentence()
    {
        Assert.Contains("needs a name", Assert.Single(Failures(await RunAsync(Program))), StringComparison.Ordinal);
        Assert.Contains("--show insn:", Assert.Single(Failures(await RunAsync(Program, ("--name", "x"), ("--show", "insn")))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_hover_and_findings_come_at_their_places()
    {
        var completions = Assert.IsType<CompletionsProduced>(Assert.Single((await BpfKernel.SendAsync(new RequestCompletions("int f(void)\n{\n    bpf_get_current_pid\n}", new LinePosition(2, 23)))).Events));
        Assert.Contains(completions.Completions, item => item.DisplayText == "bpf_get_current_pid_tgid");
        Assert.IsType<CompletionItem[]>(completions.Completions);
        Assert.Equal(new LinePositionSpan(new(2, 4), new(2, 23)), completions.LinePositionSpan);
        var hover = Assert.IsType<HoverTextProduced>(Assert.Single((await BpfKernel.SendAsync(new RequestHoverText("int f(void)\n{\n    bpf_get_current_pid_tgid();\n}", new LinePosition(2, 10)))).Events));
        Assert.Contains("bpf_get_current_pid_tgid", Assert.Single(hover.Content).Value, StringComparison.Ordinal);
        var found = Assert.IsType<DiagnosticsProduced>(Assert.Single((await BpfKernel.SendAsync(new RequestDiagnostics("int f(void)\n{\n    return nothing;\n}"))).Events));
        Assert.Equal(new LinePosition(2, 11), Assert.Single(found.Diagnostics).LinePositionSpan.Start);
        Assert.StartsWith("cell:4:12: error:", Assert.Single(found.FormattedDiagnostics).Value, StringComparison.Ordinal);
        Assert.Empty((await BpfKernel.SendAsync(new RequestDiagnostics(Program))).Events);
    }

    [Fact]
    public async Task A_live_display_changes_in_its_place_and_ends_with_its_last_frame()
    {
        var shown = await _csharp.SendAsync(new SubmitCode("var turns = 0; await BpfInteractive.Charts.Live.Show(() => BpfInteractive.Charts.LivePicture.Rate(\"turns\", (ulong)++turns), System.TimeSpan.FromMilliseconds(100), until: System.TimeSpan.FromMilliseconds(700));"));
        Assert.Empty(Failures(shown));
        var (first, scripts) = shown.Events.OfType<DisplayedValueProduced>().ToArray() is [var picture, var empty] ? (picture, empty) : throw new InvalidOperationException("two outputs");
        Assert.Contains("<svg", first.FormattedValues.Single(value => value.MimeType == "text/html").Value, StringComparison.Ordinal);
        var updates = shown.Events.OfType<DisplayedValueUpdated>().ToArray();
        Assert.True(updates.Length >= 4, $"{updates.Length} updates");
        Assert.All(updates[..^1], update => Assert.Equal(scripts.ValueId, update.ValueId));
        Assert.Contains(first.ValueId, Assert.Single(updates[0].FormattedValues, value => value.MimeType == "application/javascript").Value, StringComparison.Ordinal);
        Assert.Equal(first.ValueId, updates[^1].ValueId);
        Assert.Equal(["text/plain", "image/svg+xml", "image/png"], updates[^1].FormattedValues.Select(value => value.MimeType));
    }

    [Fact]
    public async Task Cancelling_the_cell_ends_its_display()
    {
        using var cancelling = new CancellationTokenSource();
        var running = _csharp.SendAsync(new SubmitCode("await BpfInteractive.Charts.Live.Show(() => BpfInteractive.Charts.LivePicture.Rate(\"x\", 1UL));"), cancelling.Token);
        while (BpfInteractive.Charts.Live.Running.Count == 0)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        await cancelling.CancelAsync();
        Assert.Contains("stopped", (await running).Events.OfType<DisplayedValueUpdated>().Last().FormattedValues.Single(value => value.MimeType == "text/plain").Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Captures_frames_and_charts_have_forms_of_their_own()
    {
        var capture = BpfInteractive.Vmas.Self().Columns;
        Assert.Contains("<table class=\"bpfi-table\">", Formatter.Format(capture, "text/html"), StringComparison.Ordinal);
        Assert.Contains("more rows", Formatter.Format(BpfInteractive.Analysis.DataFrames.ToDataFrame(capture), "text/plain"), StringComparison.Ordinal);
        var charts = Enumerable.Range(0, 2).Select(_ => Formatter.Format(BpfInteractive.Charts.ColumnCharts.BarChart(capture, "kind"), "text/html")).ToArray();
        Assert.All(charts, chart => Assert.Contains("Plotly.newPlot", chart, StringComparison.Ordinal));
        Assert.True(charts[1].Length < 1 << 20, "plotly.js comes once");
    }

    [Fact]
    public async Task What_has_a_text_of_its_own_is_not_shown_by_its_members()
    {
        RequireRoot();
        var snapshot = BpfInteractive.Vmas.Self();
        Assert.Equal(snapshot.ToString(), Formatter.Format(snapshot, "text/plain"));
        Assert.Equal($"<pre>{System.Net.WebUtility.HtmlEncode(snapshot.ToString())}</pre>", Formatter.Format(snapshot, "text/html"));
        Assert.Empty(Failures(await RunAsync(Program, ("--name", "calls"), ("--var", "first=1"))));
        var variable = (Cells.BpfCellObject)(await EvaluateAsync("calls"))!;
        Assert.Equal("<pre>calls: 1 programs, 2 maps</pre>", Formatter.Format(variable, "text/html"));
        Assert.Contains("on_call", Formatter.Format(variable.Object.Programs["on_call"], "text/plain"), StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Formatter.Format(new ProfilerOptions(), "text/html"));
    }

    [Fact]
    public void A_library_that_wants_a_newer_FSharp_Core_gets_the_hosts()
    {
        var hosts = typeof(Microsoft.FSharp.Core.Unit).Assembly;
        Assert.Same(hosts, System.Reflection.Assembly.Load("FSharp.Core, Version=999.0.0.0, Culture=neutral, PublicKeyToken=b03f5f7f11d50a3a"));
        Assert.Throws<FileNotFoundException>(() => System.Reflection.Assembly.Load("Another, Version=999.0.0.0"));
    }

    [Fact]
    public async Task Removal_detaches_what_ran()
    {
        RequireRoot();
        Assert.Empty(Failures(await RunAsync(Program, ("--name", "gone"), ("--var", "first=1"))));
        var held = await EvaluateAsync("gone");
        BpfKernel.Dispose();
        Assert.True(((Cells.BpfCellObject)held!).IsDisposed);
    }

    private static void RequireRoot() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "loading BPF programs needs root");

    private static void Syscall()
    {
        [System.Runtime.InteropServices.DllImport("libc")]
        static extern int getpgid(int pid);
        _ = getpgid(0);
    }

    private static string[] Failures(KernelCommandResult result) => [.. result.Events.OfType<CommandFailed>().Select(failed => failed.Message)];

    private static string Text(KernelCommandResult result) =>
        result.Events.OfType<DisplayedValueProduced>().Single().FormattedValues.Single(value => value.MimeType == "text/plain").Value;

    private Task<KernelCommandResult> LoadAsync()
    {
        var text = File.ReadAllText(Path.Combine(Machine.RepositoryRoot, "kernel-lib", "BpfInteractive.DotNetInteractive", "extension.dib"));
        Assert.StartsWith("#!csharp\n", text, StringComparison.Ordinal);
        return _csharp.SendAsync(new SubmitCode(text["#!csharp\n".Length..]));
    }

    private Task<KernelCommandResult> RunAsync(string code, params (string Name, string Value)[] parameters) =>
        BpfKernel.SendAsync(new SubmitCode(code) { Parameters = parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value) });

    private async Task<object?> EvaluateAsync(string code)
    {
        Assert.Empty(Failures(await _csharp.SendAsync(new SubmitCode(code))));
        return _csharp.Value;
    }
}

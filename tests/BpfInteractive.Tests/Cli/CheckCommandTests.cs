using System.Text.Json;

namespace BpfInteractive.Tests.Cli;

/// <summary><c>bpfi check</c> as a user runs it: exit status, text, JSON.</summary>
[Slow]
public sealed class CheckCommandTests : IDisposable
{
    private const string Good = """
        SEC("raw_tp/sched_switch") int good(void *ctx) { return 0; }
        char _license[] SEC("license") = "GPL";
        """;

    private const string Mixed = """
        SEC("raw_tp/sched_switch") int good(void *ctx) { return 0; }
        SEC("raw_tp/sched_process_exit") int bad(u64 *ctx)
        {
            return *(u64 *)ctx[0] == 1;
        }
        char _license[] SEC("license") = "GPL";
        """;

    private readonly TemporaryFolder _folder = new();

    public CheckCommandTests()
    {
        Require.Root();
        Require.Feature("clang");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_good_file_passes_with_status_0()
    {
        var (status, output, errors) = await CheckAsync(_folder.Write("good.bpf.c", Good));
        Assert.True(status == 0, output + errors);
        Assert.Contains("ok       good (raw_tp/sched_switch)", output, StringComparison.Ordinal);
        Assert.Contains("compiled; 1 of 1 programs load", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public async Task Json_has_each_file_each_program_and_the_verifiers_findings_at_their_lines()
    {
        var path = _folder.Write("mixed.bpf.c", Mixed);
        var (status, json) = await CheckJsonAsync(path);
        Assert.Equal(1, status);
        Assert.Equal(1, json.GetProperty("schema").GetInt32());
        var file = Assert.Single(json.GetProperty("files").EnumerateArray());
        Assert.Equal(["file", "compiled", "programs", "diagnostics"], file.EnumerateObject().Select(property => property.Name));
        Assert.Equal(path, file.GetProperty("file").GetString());
        Assert.True(file.GetProperty("compiled").GetBoolean());

        var programs = file.GetProperty("programs").EnumerateArray().ToList();
        Assert.All(programs, program => Assert.Equal(["name", "section", "loaded", "error", "log", "notes"], program.EnumerateObject().Select(property => property.Name)));
        Assert.Equal(["good", "bad"], programs.Select(program => program.GetProperty("name").GetString()));
        Assert.Equal(["raw_tp/sched_switch", "raw_tp/sched_process_exit"], programs.Select(program => program.GetProperty("section").GetString()));
        Assert.Equal([true, false], programs.Select(program => program.GetProperty("loaded").GetBoolean()));
        Assert.Equal([JsonValueKind.Null, JsonValueKind.String], programs.Select(program => program.GetProperty("error").ValueKind));
        Assert.Equal([JsonValueKind.Null, JsonValueKind.String], programs.Select(program => program.GetProperty("log").ValueKind));
        Assert.Contains("invalid mem access", programs[1].GetProperty("log").GetString(), StringComparison.Ordinal);

        var finding = Assert.Single(file.GetProperty("diagnostics").EnumerateArray());
        Assert.Equal(4, finding.GetProperty("line").GetInt32());
        Assert.Equal("error", finding.GetProperty("severity").GetString());
        Assert.Contains("bad: R", finding.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("return *(u64 *)ctx[0] == 1;", finding.GetProperty("source").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_of_clangs_stands_at_its_line_and_column()
    {
        var path = _folder.Write("broken.bpf.c", "SEC(\"syscall\") int p(void *ctx)\n{\n    return nothing;\n}\n");
        var (status, json) = await CheckJsonAsync(path);
        Assert.Equal(1, status);
        var file = Assert.Single(json.GetProperty("files").EnumerateArray());
        Assert.False(file.GetProperty("compiled").GetBoolean());
        Assert.Empty(file.GetProperty("programs").EnumerateArray());
        var finding = file.GetProperty("diagnostics")[0];
        Assert.Equal((3, 12, "error"), (finding.GetProperty("line").GetInt32(), finding.GetProperty("column").GetInt32(), finding.GetProperty("severity").GetString()));
        Assert.Contains("undeclared identifier 'nothing'", finding.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_is_refused_as_a_whole_has_compiled_and_fails()
    {
        var path = _folder.Write("whole.bpf.c", "struct { __uint(max_entries, 8); } m SEC(\".maps\"); SEC(\"syscall\") int p(void *ctx) { return !bpf_map_lookup_elem(&m, ctx); }");
        var (status, json) = await CheckJsonAsync(path);
        Assert.Equal(1, status);
        var file = Assert.Single(json.GetProperty("files").EnumerateArray());
        Assert.True(file.GetProperty("compiled").GetBoolean());
        Assert.Contains("its definition has no type", file.GetProperty("diagnostics")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folders_are_searched_for_sources_in_order()
    {
        _folder.Write("b/second.bpf.c", Good);
        _folder.Write("a/first.bpf.c", Good);
        _folder.Write("a/other.c", "not ours");
        var (status, json) = await CheckJsonAsync(_folder.FullName);
        Assert.Equal(0, status);
        Assert.Equal(
            ["first.bpf.c", "second.bpf.c"],
            json.GetProperty("files").EnumerateArray().Select(file => Path.GetFileName(file.GetProperty("file").GetString())));
    }

    [Fact]
    public async Task Headers_and_macros_come_from_the_command_line()
    {
        _folder.Write("headers/answer.h", "#define ANSWER_OF(x) (x)\n");
        var path = _folder.Write("uses.bpf.c", "#include \"answer.h\"\nSEC(\"syscall\") int p(void *ctx) { return ANSWER_OF(ANSWER) + WITHOUT_VALUE; }\n");
        var (without, _, _) = await CheckAsync(path);
        Assert.Equal(1, without);
        var (status, output, errors) = await CheckAsync(path, "-I", _folder["headers"], "-D", "ANSWER=42", "-D", "WITHOUT_VALUE");
        Assert.True(status == 0, output + errors);
    }

    [Fact]
    public async Task Sizes_that_a_loader_would_set_are_assumed_and_said()
    {
        var path = _folder.Write("sizes.bpf.c", """
            struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, u32); __type(value, u64); } counts SEC(".maps");
            struct { __uint(type, BPF_MAP_TYPE_STACK_TRACE); __uint(key_size, 4); __uint(max_entries, 16); } stacks SEC(".maps");
            struct { __uint(type, BPF_MAP_TYPE_RINGBUF); } events SEC(".maps");
            SEC("raw_tp/sched_switch") int p(void *ctx)
            {
                u32 key = bpf_get_stackid(ctx, &stacks, 0);
                u64 one = 1;
                bpf_map_update_elem(&counts, &key, &one, BPF_ANY);
                return bpf_ringbuf_output(&events, &one, sizeof(one), 0);
            }
            char _license[] SEC("license") = "GPL";
            """);
        var (status, json) = await CheckJsonAsync(path);
        Assert.Equal(0, status);
        var notes = json.GetProperty("files")[0].GetProperty("programs")[0].GetProperty("notes").EnumerateArray().Select(note => note.GetString()).ToList();
        Assert.Equal(
            ["map 'counts' has no max_entries: checked with 1024", "map 'events' has no max_entries: checked with 262144", "map 'stacks' has no value_size: checked with 1016 (127 frames)"],
            notes.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/nonexistent/file.bpf.c", "there is no file or folder '/nonexistent/file.bpf.c'")]
    [InlineData("--no-such-flag", "--no-such-flag")]
    public async Task Wrong_usage_has_status_2_and_one_line(string argument, string words)
    {
        var (status, output, errors) = await CheckAsync(argument);
        Assert.Equal((2, ""), (status, output));
        Assert.Contains(words, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_sources_is_wrong_usage()
    {
        var (status, _, errors) = await CheckAsync(_folder.FullName);
        Assert.Equal(2, status);
        Assert.Contains("holds no *.bpf.c", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compiler_that_is_not_there_has_status_3()
    {
        var (status, _, errors) = await TestProcess.RunAsync(
            Machine.Bpfi,
            ["check", _folder.Write("good.bpf.c", Good)],
            environment: new Dictionary<string, string?> { ["BPFI_CLANG"] = "clang-nowhere" });
        Assert.Equal(3, status);
        Assert.Contains("BPFI_CLANG names 'clang-nowhere', which is not there", errors, StringComparison.Ordinal);
    }

    private static Task<(int Status, string Output, string Errors)> CheckAsync(params string[] arguments) =>
        TestProcess.RunAsync(Machine.Bpfi, ["check", .. arguments]);

    private static async Task<(int Status, JsonElement Json)> CheckJsonAsync(string path)
    {
        var (status, output, errors) = await CheckAsync(path, "--json");
        Assert.Equal("", errors);
        return (status, JsonDocument.Parse(output).RootElement);
    }
}

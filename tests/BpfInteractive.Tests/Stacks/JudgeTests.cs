using BpfInteractive.Exited.Captures;
using BpfInteractive.Exited.Judging;
using BpfInteractive.Exited.Truth;
using BpfInteractive.Exited.Workload;

namespace BpfInteractive.Tests.Stacks;

/// <summary>The judge of the exited-process harness: that it joins by thread, time and address, and that each kind of error is seen.</summary>
public sealed class JudgeTests
{
    private const string Truth = """
        100 100 dlswap - 0 0 0 0 - 0
        100 100 dlswap alpha_spin 7000 7020 1000 2000 alpha.so 900
        100 100 dlswap beta_spin 7000 7020 3000 4000 beta.so 900
        200 201 killed second 5000 5020 1000 18446744073709551615 exited 0
        """;

    private static readonly Dictionary<string, TargetFile> s_files = new()
    {
        ["alpha.so"] = new("alpha.so", "aa", new Dictionary<string, FileFunction> { ["alpha_spin"] = new(0x1000, 0x20) }),
        ["beta.so"] = new("beta.so", "bb", new Dictionary<string, FileFunction> { ["beta_spin"] = new(0x1000, 0x20) }),
        ["exited"] = new("exited", "ee", new Dictionary<string, FileFunction> { ["second"] = new(0x2000, 0x20) }),
    };

    private static readonly Leaf s_alpha =
        new(1500, 100, 100, 0x7010) { Name = "alpha_spin", IsMapped = true, Path = "/x/alpha.so", BuildId = "aa", FileOffset = 0x1010 };

    private static readonly Leaf s_beta =
        new(3500, 100, 100, 0x7010) { Name = "beta_spin", IsMapped = true, Path = "/x/beta.so", BuildId = "bb", FileOffset = 0x1010 };

    private static readonly Leaf s_second =
        new(5_000_000, 200, 201, 0x5000) { Name = "second", IsMapped = true, Path = "/tmp/exited-200", BuildId = "ee", FileOffset = 0x2000 };

    [Fact]
    public void Right_names_in_right_files_pass()
    {
        var board = Board(s_alpha, s_beta, s_second);
        Assert.Empty(board.Shortfalls());
        Assert.Equal((3, 3), (board.Total.Samples, board.Total.Count(Verdict.Right)));
        Assert.Equal(["dlswap", "killed"], board.Kinds.Select(kind => kind.Kind));
    }

    [Fact]
    public void Processes_that_are_not_the_swarms_are_not_judged() =>
        Assert.Equal(3, Board(s_alpha, s_beta, s_second, s_alpha with { Pid = 99, Tid = 99, Name = "beta_spin" }).Total.Samples);

    [Theory]
    [InlineData(Breakage.Names, Verdict.Wrong)]
    [InlineData(Breakage.Files, Verdict.Wrong)]
    [InlineData(Breakage.Offsets, Verdict.Wrong)]
    [InlineData(Breakage.Mappings, Verdict.Unmapped)]
    [InlineData(Breakage.Symbols, Verdict.Unnamed)]
    public void Every_breakage_is_seen(Breakage breakage, Verdict expected)
    {
        var board = Board([.. new[] { s_alpha, s_beta, s_second }.Select((leaf, index) => BrokenCapture.Break(leaf, index, breakage))]);
        Assert.NotEmpty(board.Shortfalls());
        Assert.NotEqual(0, board.Total.Count(expected));
    }

    [Fact]
    public void The_name_of_what_lay_there_before_is_wrong() =>
        Assert.Equal(Verdict.Wrong, Of(s_beta with { Name = "alpha_spin", Path = "/x/alpha.so", BuildId = "aa" }));

    [Fact]
    public void A_build_id_of_another_file_is_wrong_even_without_a_name() =>
        Assert.Equal(Verdict.Wrong, Of(s_beta with { Name = null, Path = null, BuildId = "aa" }));

    [Fact]
    public void A_known_name_outside_its_code_is_wrong() =>
        Assert.Equal(Verdict.Wrong, Of(s_alpha with { TimeNs = 2500, Address = 0x9000 }));

    [Fact]
    public void Other_code_under_other_names_is_not_judged() =>
        Assert.Equal(Verdict.Elsewhere, Of(s_alpha with { Address = 0x9000, FileOffset = 0x5000, Name = "memcpy" }));

    [Fact]
    public void Without_an_address_the_place_in_the_file_decides()
    {
        Assert.Equal(Verdict.Right, Of(s_beta with { Address = null }));
        Assert.Equal(Verdict.Unnamed, Of(s_beta with { Address = null, Name = null }));
        Assert.Equal(Verdict.Elsewhere, Of(s_beta with { Address = null, Name = "spin_for", FileOffset = 0x1020 }));
        Assert.Equal(Verdict.Wrong, Of(s_beta with { Address = null, Name = null, BuildId = "aa" }));
        Assert.Equal(Verdict.Wrong, Of(s_beta with { Address = null, Name = "alpha_spin", FileOffset = 0x1020 }));
        Assert.Equal(Verdict.Unmapped, Of(new(3500, 100, 100, null)));
    }

    [Fact]
    public void A_file_that_was_gone_counts_apart()
    {
        var board = Board(s_alpha, s_beta, s_second, s_second with { Name = null, Reason = Judge.FileGone });
        Assert.Equal(1, board.Total.Count(Verdict.FileGone));
        Assert.Empty(board.Shortfalls());
    }

    [Fact]
    public void More_refusals_than_a_few_do_not_pass()
    {
        var board = Board(s_alpha, s_beta, s_second, new(1500, 100, 100, 0x7010) { IsRefused = true });
        Assert.Equal(1, board.Total.Count(Verdict.Refused));
        Assert.Contains("refused", Assert.Single(board.Shortfalls()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_kind_without_samples_does_not_pass() => Assert.Contains("killed", Assert.Single(Board(s_alpha, s_beta).Shortfalls()), StringComparison.Ordinal);

    private static Verdict Of(Leaf leaf) => new Judge(s_files).Of(leaf, new Judge(s_files).Find(Log(), leaf), out _);

    private static TruthLog Log() => TruthLog.Parse(Truth.Split('\n', StringSplitOptions.TrimEntries));

    private static Scoreboard Board(params Leaf[] leaves)
    {
        var board = new Scoreboard("a test", 499);
        board.Add(new Judge(s_files).Score(Log(), leaves), new Dictionary<string, long>());
        return board;
    }
}

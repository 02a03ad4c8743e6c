using System.Text;

namespace BpfInteractive.Tests.Symbols;

public sealed class KernelSymbolsTests
{
    private const string Lines =
        "ffffffff81000000 T _text\nffffffff81000000 T _stext\nffffffff81000100 t do_it\nffffffff81000200 T do_more\nffffffff81000300 T _etext\n"
        + "ffffffffc0000000 t helper\t[ext4]\nffffffffc0001000 t bpf_prog_0123456789abcdef_on_open\t[bpf]\n";

    private static readonly KernelLayout s_layout = new(
        new BuildId([1, 2, 3]),
        [new(new ProfileFile { Kind = ProfileFileKind.Module, Path = "[ext4]", BuildId = new BuildId([4]) }, 0xffffffffc0000000, 0xffffffffc0000800)]);

    [Theory]
    [InlineData(0xffffffff81000105, ProfileFileKind.Kernel, "[kernel]", 0x105, "do_it")]
    [InlineData(0xffffffff81000210, ProfileFileKind.Kernel, "[kernel]", 0x210, "do_more")]
    [InlineData(0xffffffffc0000010, ProfileFileKind.Module, "[ext4]", 0x10, "helper")]
    [InlineData(0xffffffffc0001020, ProfileFileKind.BpfProgram, "bpf_prog_0123456789abcdef_on_open", 0x20, "bpf_prog_0123456789abcdef_on_open")]
    public void An_address_becomes_a_place_in_a_module_and_that_a_name(ulong address, ProfileFileKind kind, string path, ulong offset, string function)
    {
        var kernel = Parse(Lines);

        Assert.Equal(FrameReason.None, kernel.Locate(address, out var module, out var at));
        Assert.Equal((kind, path, offset), (module.Kind, module.Path, at));
        Assert.Equal(function, new Symbolizer(kernel: kernel).Name(module, at).Function);
    }

    [Fact]
    public void A_place_holds_on_the_next_boot_where_all_addresses_are_others()
    {
        Parse(Lines).Locate(0xffffffff81000105, out var module, out var offset);
        var moved = Parse(Lines.Replace("ffffffff810", "ffffffff9a0", StringComparison.Ordinal));

        Assert.Equal(new FrameName("do_it", 5, FrameReason.None), new Symbolizer(kernel: moved).Name(module, offset));
        Assert.Equal(FrameReason.BuildIdDiffers, new Symbolizer(kernel: moved).Name(module with { BuildId = new BuildId([9]) }, offset).Reason);
    }

    [Fact]
    public void What_was_unloaded_and_what_is_hidden_says_so()
    {
        var kernel = Parse(Lines);
        Assert.Equal(FrameReason.Unloaded, kernel.Locate(0xffffffffd0000000, out _, out _));
        Assert.Equal(FrameReason.Unloaded, new Symbolizer(kernel: kernel).Name(new ProfileFile { Kind = ProfileFileKind.Module, Path = "[xfs]" }, 8).Reason);
        var hidden = new KernelSymbols(KernelSymbolSource.Hidden, KernelCode.None, s_layout);
        Assert.Equal(FrameReason.KernelHidden, hidden.Locate(0xffffffff81000105, out var module, out var offset));
        Assert.Equal(0ul, offset);
        Assert.Equal(FrameReason.KernelHidden, new Symbolizer(kernel: hidden).Name(module, offset).Reason);
    }

    [Fact]
    public void A_module_without_a_build_id_is_named_on_the_boot_that_it_ran_on_alone()
    {
        var module = new ProfileFile { Kind = ProfileFileKind.Module, Path = "[ext4]" };
        var kernel = Parse(Lines);
        using var pins = new PinnedFiles();
        var unmarked = new KernelSymbols(
            KernelSymbolSource.Kallsyms, KernelSymbolTable.Parse(Encoding.ASCII.GetBytes(Lines))!, new KernelLayout(default, [new(module, 0xffffffffc0000000, 0xffffffffc0000800)]));

        Assert.Equal(new FrameName("helper", 8, FrameReason.None), new Symbolizer(options: null, () => kernel, pins).Name(module, 8));
        Assert.Equal(FrameName.Unnamed(FrameReason.NotComparable), new Symbolizer(kernel: kernel).Name(module, 8));
        Assert.Equal(FrameName.Unnamed(FrameReason.NotComparable), new Symbolizer(kernel: unmarked).Name(module with { BuildId = new BuildId([4]) }, 8));
        Assert.Equal(FrameName.Unnamed(FrameReason.NotComparable), new Symbolizer(kernel: unmarked).Name(kernel.Kernel, 0x105));
    }

    [Fact]
    public void A_line_of_the_modules_tells_where_one_lies()
    {
        var range = KernelLayout.ParseModule("ext4 2048 1 jbd2,mbcache, Live 0xffffffffc0000000", _ => default);
        Assert.Equal(("[ext4]", 0xffffffffc0000000ul, 0xffffffffc0000800ul), (range!.Value.Module.Path, range.Value.Start, range.Value.End));
        Assert.Null(KernelLayout.ParseModule("ext4 2048 1 - Live 0x0000000000000000", _ => default));
    }

    [Fact]
    [Guest]
    public void Functions_of_the_running_kernel_are_named()
    {
        Require.Root();
        var kernel = KernelSymbols.Read();
        Assert.Equal(KernelSymbolSource.Kallsyms, kernel.Source);
        Assert.False(kernel.Kernel.BuildId.IsEmpty);
        var checkedOnes = 0;
        foreach (var line in File.ReadLines("/proc/kallsyms").Where(line => line.Contains(" T vfs_", StringComparison.Ordinal) || line.EndsWith(" schedule", StringComparison.Ordinal)))
        {
            var fields = line.Split(' ');
            Assert.Equal(FrameReason.None, kernel.Locate(Convert.ToUInt64(fields[0], 16) + 2, out var module, out var offset));
            Assert.Equal((ProfileFileKind.Kernel, fields[2]), (module.Kind, new Symbolizer(kernel: kernel).Name(module, offset).Function));
            checkedOnes++;
        }

        Assert.True(checkedOnes > 10);
    }

    [Fact]
    [Guest]
    public async Task The_kernel_is_asked_for_single_addresses_and_says_what_kallsyms_says()
    {
        Require.Root();
        Require.Kernel(5, 16, "bpf_kallsyms_lookup_name");
        await using var loaded = await Bpf.LoadAsync("SEC(\"tracepoint/sched/sched_switch\") int asked_by_test(void *ctx) { return 0; }");
        var text = await File.ReadAllBytesAsync("/proc/kallsyms", TestContext.Current.CancellationToken);
        var all = KernelSymbolTable.Parse(text)!;
        var listed = Listed(text);
        var random = new Random(11);
        var ours = Enumerable.Range(0, all.Table.Count).Single(index => all.Table.Name(index).EndsWith("_asked_by_test\t[bpf]", StringComparison.Ordinal));
        var wanted = Enumerable.Range(0, 3000).Select(_ => random.Next(all.Table.Count))
            .Where(index => !KernelCode.IsBpf(all.Table.NameUtf8(index))) // the file does not say where one ends
            .Select(index => all.Table.StartOf(index) + (ulong)random.NextInt64((long)Math.Max(all.Table.SizeOf(index), 1)))
            .Where(IsInCode).Append(all.Table.StartOf(ours) + 1).Append(1ul).Distinct().Order().ToArray();
        Assert.True(wanted.Length > 2000, $"{wanted.Length} addresses");

        var asked = KernelNameLookup.TryRead(wanted, KernelLayout.Read());

        Assert.NotNull(asked);
        Assert.Equal((all.Start, all.End), (asked.Start, asked.End));
        Assert.Equal(-1, asked.Table.Find(1));
        var differing = wanted.Select(address => (address, Listed: Name(all.Table, address), Asked: Name(asked.Table, address)))
            .Where(pair => pair.Listed != pair.Asked).Select(pair => $"{pair.address:x}: {pair.Listed} {pair.Asked}").ToList();
        Assert.True(differing.Count == 0, string.Join("\n", differing.Take(20)));

        // Behind the last function of a section or a module lies data, which the kernel calls by its own names: no sample is there.
        bool IsInCode(ulong address) => Array.BinarySearch(listed.Addresses, address) is var at && listed.AreCode[at >= 0 ? at : ~at - 1];

        static (ulong[] Addresses, bool[] AreCode) Listed(byte[] text)
        {
            var symbols = Encoding.ASCII.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .GroupBy(line => Convert.ToUInt64(line[..16], 16), line => line[17] is 't' or 'T' or 'w' or 'W')
                .Select(kinds => (Address: kinds.Key, IsCode: kinds.Any(kind => kind))).OrderBy(symbol => symbol.Address).ToList();
            return ([.. symbols.Select(symbol => symbol.Address)], [.. symbols.Select(symbol => symbol.IsCode)]);
        }

        static (string, ulong)? Name(SymbolTable table, ulong address) =>
            table.Find(address) is >= 0 and var index ? (KernelCode.IsBpf(table.NameUtf8(index)) ? table.Name(index) : table.Name(index).Split('\t')[0], table.StartOf(index)) : null;
    }

    [Fact]
    public void Of_functions_that_are_wanted_alone_each_has_the_name_and_the_start_that_it_has_among_all()
    {
        Require.Root();
        var text = File.ReadAllBytes("/proc/kallsyms");
        var all = KernelSymbolTable.Parse(text)!.Table;
        var random = new Random(7);
        var wanted = Enumerable.Range(0, 500).Select(_ => random.Next(all.Count)).Select(index => all.StartOf(index) + (ulong)random.NextInt64((long)Math.Max(all.SizeOf(index), 1) + 1)).Distinct().Order().ToArray();

        var some = KernelSymbolTable.Parse(text, wanted)!.Table;

        // A return address right behind a function is of the call before it.
        Assert.InRange(some.Count, 100, all.Count / 10);
        foreach (var address in wanted.Concat(wanted.Select(address => address - 1)))
        {
            var (expected, found) = (all.Find(address), some.Find(address));
            Assert.Equal(expected < 0 ? default : (all.StartOf(expected), all.Name(expected)), found < 0 ? default : (some.StartOf(found), some.Name(found)));
        }

        // Others have no name rather than a wrong one.
        for (var index = 0; index < all.Count; index += 97)
        {
            var found = some.Find(all.StartOf(index));
            Assert.True(found < 0 || some.StartOf(found) == all.StartOf(index));
        }
    }

    [Fact]
    [Guest]
    public void The_iterator_writes_what_kallsyms_has()
    {
        Require.Root();
        Require.Feature("iter/ksym");
        var walked = KernelSymbolTable.Parse(KernelSymbolText.TryReadIterator()!)!.Table;
        var listed = KernelSymbolTable.Parse(File.ReadAllBytes("/proc/kallsyms"))!.Table;

        var names = Enumerable.Range(0, walked.Count).Select(index => (walked.StartOf(index), walked.Name(index))).ToHashSet();
        var missing = Enumerable.Range(0, listed.Count).Select(index => (listed.StartOf(index), Name: listed.Name(index)))
            .Where(symbol => !symbol.Name.EndsWith("[bpf]", StringComparison.Ordinal) && !names.Contains(symbol)).ToList();
        Assert.True(listed.Count > 20_000);
        Assert.Empty(missing);
    }

    [Fact]
    [Guest]
    public async Task A_loaded_BPF_program_is_among_them()
    {
        Require.Root();
        await using var loaded = await Bpf.LoadAsync("SEC(\"tracepoint/sched/sched_switch\") int named_by_test(void *ctx) { return 0; }");
        var kernel = KernelSymbols.Read();
        var line = File.ReadLines("/proc/kallsyms").Single(text => text.Contains("_named_by_test", StringComparison.Ordinal));
        kernel.Locate(Convert.ToUInt64(line.Split(' ')[0], 16) + 1, out var module, out var offset);

        Assert.Equal((ProfileFileKind.BpfProgram, 1ul), (module.Kind, offset));
        Assert.EndsWith("_named_by_test", module.Path, StringComparison.Ordinal);
    }

    private static KernelSymbols Parse(string lines) =>
        new KernelSymbols(KernelSymbolSource.Kallsyms, KernelSymbolTable.Parse(Encoding.ASCII.GetBytes(lines))!, s_layout);
}

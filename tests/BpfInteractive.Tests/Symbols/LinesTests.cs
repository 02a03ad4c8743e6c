using System.Globalization;
using BpfInteractive.Analysis;
using static BpfInteractive.Tests.Symbols.SymbolPrograms;

namespace BpfInteractive.Tests.Symbols;

/// <summary>Source lines and inlined functions beside those of addr2line, of programs by two compilers in two versions of DWARF, and where the debug information lies elsewhere.</summary>
[Slow]
public sealed class LinesTests
{
    // Nested inlining, a function in two pieces (hot and cold), templates of the standard library, a header, and C that C++ calls.
    internal const string Cxx = """
        // C++
        #include <algorithm>
        #include <cstdio>
        #include <map>
        #include <stdexcept>
        #include <string>
        #include <vector>
        namespace shapes {
        struct Area {
            double w, h;
            inline double of() const { return w * h + half(); }
            inline double half() const { return twice(w) / 4; }
            static inline double twice(double x) { return x * 2 + 1; }
        };
        template <class T> __attribute__((always_inline)) inline T clamp(T v, T low, T high) { return v < low ? low : v > high ? high : v; }
        __attribute__((noinline)) double total(const std::vector<Area> &all) {
            double sum = 0;
            for (auto &a : all) {
                sum += clamp(a.of(), 1.0, 1000.0);
            }
            if (sum < 0) throw std::runtime_error("negative " + std::to_string(sum));
            return sum;
        }
        }
        static __attribute__((noinline)) int counted(const std::vector<int> &v) {
            std::map<int, std::string> names;
            for (int x : v) names[x % 7] += static_cast<char>('a' + x % 26);
            std::vector<int> copy(v);
            std::sort(copy.begin(), copy.end(), [](int a, int b) { return (a ^ 5) < (b ^ 5); });
            return copy[copy.size() / 2] + static_cast<int>(names.size());
        }
        int main(int argc, char **argv) {
            std::vector<shapes::Area> all(static_cast<std::size_t>(argc) * 10, {1.5, 2.5});
            std::vector<int> numbers;
            for (int i = 0; i < 1000; i++) numbers.push_back(i * 7919 % 1013);
            std::printf("%f %d\n", shapes::total(all), counted(numbers));
            return 0;
        }
        """;

    /// <summary>Of how many places lines are told at least, lest nothing be compared.</summary>
    private const int Fewest = 30;

    internal const string C = """
        #include <stdio.h>
        #include <stdlib.h>
        static inline unsigned mix(unsigned h, unsigned x) { h ^= x; h *= 16777619u; return h ^ (h >> 13); }
        static inline unsigned hash(const char *s) {
            unsigned h = 2166136261u;
            for (; *s; s++)
                h = mix(h, (unsigned char)*s);
            return h;
        }
        static __attribute__((noinline)) unsigned all(int n, char **v) {
            unsigned sum = 0;
            for (int i = 0; i < n; i++)
                sum += mix(hash(v[i]), hash("seed"));
            if (sum == 42) { fprintf(stderr, "impossible\n"); abort(); }
            return sum;
        }
        int main(int n, char **v) { printf("%u\n", all(n, v)); return 0; }
        """;

    [Theory]
    [InlineData("gcc", "-gdwarf-4", C)]
    [InlineData("gcc", "-gdwarf-5", C)]
    [InlineData("clang", "-gdwarf-4", C)]
    [InlineData("clang", "-gdwarf-5", C)]
    [InlineData("gcc", "-gdwarf-4", Cxx)]
    [InlineData("gcc", "-gdwarf-5", Cxx)]
    [InlineData("clang", "-gdwarf-4", Cxx)]
    [InlineData("clang", "-gdwarf-5", Cxx)]
    [InlineData("gcc", "-gdwarf-5 -flto", Cxx)]
    [InlineData("clang", "-gdwarf-5 -ffunction-sections -Wl,--gc-sections -no-pie", Cxx)]
    [InlineData("gcc", "-gdwarf-4 -gz=zlib -ffunction-sections", Cxx)]
    public void Lines_are_those_of_addr2line(string compiler, string options, string source)
    {
        using var folder = new TemporaryFolder();
        var path = Build(folder, compiler, options.Split(' '), source);
        var addresses = CodeOf(path);

        // Of DWARF 5 addr2line 2.40 finds neither clang's lists of ranges nor each file.
        string[] tools = options.Contains("dwarf-5", StringComparison.Ordinal) ? ["llvm-symbolizer"] : ["addr2line", "llvm-symbolizer"];
        Require.Tool(tools[0]);
        foreach (var tool in tools.Where(tool => tool == tools[0] || File.Exists($"/usr/bin/{tool}")))
        {
            Assert.InRange(Compare(path, path, addresses, tool), Fewest, int.MaxValue);
        }
    }

    [Theory]
    [InlineData("gcc", "-gdwarf-5", "zstd", Cxx)]
    [InlineData("gcc", "-gdwarf-4", "zstd", C)]
    [InlineData("gcc", "-gdwarf-5", "zlib", Cxx)]
    public void Lines_come_from_compressed_sections(string compiler, string options, string compression, string source)
    {
        using var folder = new TemporaryFolder();
        var path = Build(folder, compiler, [options], source);
        var whole = folder["whole"];
        File.Move(path, whole);
        Run("objcopy", $"--compress-debug-sections={compression}", whole, path);
        using (var elf = ElfFile.Open(path))
        {
            Assert.All([".debug_info", ".debug_line"], name => Assert.Equal(0x800ul, elf.Find(name)!.Value.Flags & 0x800));
        }

        Require.Tool("llvm-symbolizer");
        Assert.InRange(Compare(path, whole, CodeOf(whole), "llvm-symbolizer"), Fewest, int.MaxValue);
    }

    [Theory]
    [InlineData("gcc", "-gdwarf-5", "", Cxx)]
    [InlineData("gcc", "-gdwarf-5", "llvm-dwp", Cxx)]
    [InlineData("gcc", "-gdwarf-5", "llvm-dwp", C)]
    [InlineData("gcc", "-gdwarf-4", "", Cxx)]
    [InlineData("gcc", "-gdwarf-4", "dwp", Cxx)]
    [InlineData("clang", "-gdwarf-5", "", Cxx)]
    [InlineData("clang", "-gdwarf-4", "llvm-dwp", C)]
    public void Inlined_functions_of_split_units_come_from_files_of_their_own(string compiler, string version, string packager, string source)
    {
        Require.Tool("llvm-symbolizer");
        using var folder = new TemporaryFolder();
        var (path, whole) = BuildSplit(folder, compiler, version, source);
        var addresses = CodeOf(whole);
        if (packager.Length > 0)
        {
            Require.Tool(packager);
            Run(packager, ["-o", path + ".dwp", .. DwosOf(folder)]);
            Array.ForEach(DwosOf(folder), File.Delete);
        }

        Assert.InRange(Compare(path, whole, addresses, "llvm-symbolizer"), Fewest, int.MaxValue);
        Assert.DoesNotContain(Named(path, addresses, "/nonexistent"), name => name.WhyNoLines == FrameReason.NoDwo);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("another build's")]
    [InlineData("damaged")]
    public void Without_their_other_half_split_units_have_lines_and_a_reason(string what)
    {
        using var folder = new TemporaryFolder();
        var (path, whole) = BuildSplit(folder, "gcc", "-gdwarf-5", C);
        foreach (var dwo in DwosOf(folder))
        {
            if (what == "damaged")
            {
                var bytes = File.ReadAllBytes(dwo);
                using var elf = ElfFile.Parse(bytes);
                bytes.AsSpan((int)elf.Find(".debug_abbrev.dwo")!.Value.Offset, 64).Fill(0xff);
                File.WriteAllBytes(dwo, bytes);
            }
            else
            {
                File.Delete(dwo);
            }
        }

        if (what == "another build's")
        {
            using var other = new TemporaryFolder();
            BuildSplit(other, "gcc", "-gdwarf-5", C.Replace("seed", "another", StringComparison.Ordinal));
            Array.ForEach(DwosOf(other), dwo => File.Move(dwo, folder[Path.GetFileName(dwo)]));
        }

        var addresses = CodeOf(path);
        var names = Named(path, addresses, "/nonexistent");
        var (at, whys) = (Array.FindIndex(Named(whole, addresses, "/nonexistent"), name => name.Lines is { Count: 3 }), what == "damaged" ? FrameReason.Unreadable : FrameReason.NoDwo);

        Assert.Equal(whys, names[at].WhyNoLines);
        Assert.Equal(("all", folder["program.c"]), (names[at].Lines!.Single().Function, names[at].Lines!.Single().File));
        var profile = OneSample(path, addresses[at]);
        Assert.Contains($"source lines: of 100 % of the frames in files; with a line, but inlined functions not known: 1 {FrameReasons.TextOf(whys)}", profile.Summarize().ToString(), StringComparison.Ordinal);
    }

    /// <summary>A program of two units that are split, and the same whole.</summary>
    internal static (string Path, string Whole) BuildSplit(TemporaryFolder folder, string compiler, string version, string source)
    {
        var other = folder.Write("other.c", "static inline int twice(int n) { return 2 * n; } int other(int n) { return twice(n) + 1; }\n");
        var whole = folder["whole"];
        File.Move(Build(folder, compiler, [version, other], source), whole);
        var path = Build(folder, compiler, [version, "-gsplit-dwarf", other], source);
        using var elf = ElfFile.Open(path);
        using var reference = ElfFile.Open(whole);
        Assert.Equal(reference.Read(reference.Find(".text")!.Value), elf.Read(elf.Find(".text")!.Value));
        Assert.Equal(2, DwosOf(folder).Length);
        return (path, whole);
    }

    internal static string[] DwosOf(TemporaryFolder folder) => Directory.GetFiles(folder.FullName, "*.dwo");

    [Theory]
    [InlineData("build id")]
    [InlineData("debug link")]
    public void Lines_come_from_a_separate_debug_file(string by)
    {
        using var folder = new TemporaryFolder();
        var path = Build(folder, "gcc", ["-gdwarf-4", by == "build id" ? "-Wl,--build-id" : "-Wl,--build-id=none"], C);
        var whole = folder["whole"];
        File.Copy(path, whole);
        var debug = by == "build id" ? DebugFiles.PathOf(folder["debug"], ModuleOf(path).BuildId) : folder["program.debug"];
        Directory.CreateDirectory(Path.GetDirectoryName(debug)!);
        Run("objcopy", "--only-keep-debug", path, debug);
        Run("strip", "--strip-debug", path); // its symbols stay
        var addresses = CodeOf(whole);
        if (by == "debug link")
        {
            Run("objcopy", $"--add-gnu-debuglink={debug}", path);
        }

        Assert.InRange(Compare(path, whole, addresses, "addr2line", folder["debug"]), Fewest, int.MaxValue);
        File.Delete(debug);
        var name = Named(path, addresses, folder["debug"]).First(name => name.Function == "all");
        Assert.Equal((null, FrameReason.NoDebugInfo), (name.Lines, name.WhyNoLines));
    }

    [Fact]
    public void Names_that_debug_files_share_are_found_in_the_file_that_has_them()
    {
        Require.Tool("dwz");
        using var folder = new TemporaryFolder();
        var one = Build(folder, "gcc", ["-gdwarf-4", "-Wl,--build-id"], Cxx, "one");
        var other = Build(folder, "gcc", ["-gdwarf-4", "-Wl,--build-id", "-DOTHER"], Cxx + "\nint other() { return 1; }\n", "other");
        var whole = folder["whole"];
        File.Copy(one, whole);
        Run("dwz", "-m", folder["shared"], "-M", folder["shared"], one, other);
        var addresses = CodeOf(whole);

        Require.Tool("llvm-symbolizer");
        Assert.InRange(Compare(one, whole, addresses, "llvm-symbolizer"), Fewest, int.MaxValue);
        File.Delete(folder["shared"]);
        Assert.Contains(Named(one, addresses, folder["debug"]), name => name.Lines is { Count: > 1 });
    }

    [Fact]
    public async Task What_is_inlined_is_a_frame_of_its_own_in_every_view_and_file()
    {
        using var folder = new TemporaryFolder();
        var path = Build(folder, "gcc", ["-gdwarf-5"], C);
        var addresses = CodeOf(path);
        var names = Named(path, addresses, folder["debug"]);
        var (offset, name) = addresses.Zip(names).First(pair => pair.Second.Lines is { Count: 3 } lines && lines[0].Function == "mix");
        Assert.Equal(["mix", "hash", "all"], name.Lines!.Select(line => line.Function));

        var bare = OneSample(path, offset, withNames: false);
        var profile = bare.WithNames(new Symbolizer(new SymbolizerOptions { Lines = true }).NamesOf(bare));

        using var folded = new StringWriter();
        profile.WriteFolded(folded);
        Assert.Equal("test;all;hash_[i];mix_[i] 1\n", folded.ToString());
        Assert.Equal(["mix", "all", "hash"], Texts(profile.FunctionColumns(), "function"));
        Assert.Equal(["inlined", "user", "inlined"], Texts(profile.FunctionColumns(), "kind"));
        Assert.Equal([FrameKind.User, FrameKind.Inlined, FrameKind.Inlined], profile.ToCallTree().Nodes.Skip(1).Select(node => node.Kind!.Value));
        var lines = profile.LineColumns();
        Assert.Equal("mix", lines.Text("function")[0]);
        Assert.Equal(folder["program.c"], lines.Text("file")[0]);
        Assert.Contains(Texts(lines, "source"), text => text == "sum += mix(hash(v[i]), hash(\"seed\"));");
        Assert.Equal(1, profile.Filter(new ProfileFilter { Function = "hash" }).SampleCount);
        Assert.Equal(0, profile.Filter(new ProfileFilter { Function = "no such" }).SampleCount);
        Assert.Contains("source lines: of 100 % of the frames in files", profile.Summarize().ToString(), StringComparison.Ordinal);
        Assert.Equal(3, profile.Merge(bare).Names.Lines!.RowCount);

        var token = TestContext.Current.CancellationToken;
        await profile.SaveAsync(folder["p.parquet"], token);
        Assert.Equal(name.Lines!.Count, (await ProfileFiles.OpenProfileAsync(folder["p.parquet"], token)).Names.LinesOf(0).Count);
        await profile.SaveAsync(folder["p.speedscope.json"], token);
        Assert.Contains("{\"name\":\"hash_[i]\",\"file\":\"program\"}", await File.ReadAllTextAsync(folder["p.speedscope.json"], token), StringComparison.Ordinal);
        await profile.SaveAsync(folder["p.pb.gz"], token);
        if (File.Exists("/usr/bin/go"))
        {
            var environment = new Dictionary<string, string?> { ["HOME"] = folder.FullName, ["PPROF_TMPDIR"] = folder.FullName };
            var raw = await TestProcess.RunAsync("go", ["tool", "pprof", "-raw", "-symbolize=none", folder["p.pb.gz"]], folder.FullName, environment);
            Assert.Matches(@$"mix {folder["program.c"]}:3[:\d]* s=0\s+hash {folder["program.c"]}:7[:\d]* s=0\s+all {folder["program.c"]}:13", raw.Output);
        }
    }

    /// <summary>A profile of one sample, at a place of a program.</summary>
    private static Profile OneSample(string path, ulong offset, bool withNames = true)
    {
        var builder = new ProfileBuilder(new ProfileInfo { Event = "test" });
        var file = builder.AddFile(ModuleOf(path));
        var mm = builder.AddMm(1);
        builder.AddSnapshot(mm, 1, [new ProfileMapping(0x10000, 0x90000, 0, file, VmaPermissions.Read | VmaPermissions.Execute)]);
        var thread = builder.AddThread(builder.AddProcess(new ProfileProcess { Pid = 7, Comm = "test", Mm = mm }), 7, "test");
        builder.AddSample(new ProfileSample(2, 0, thread, mm, 5, 5), [0x10000 + offset], []);
        var bare = builder.ToProfile();
        return withNames ? bare.WithNames(new Symbolizer(new SymbolizerOptions { Lines = true }).NamesOf(bare)) : bare;
    }

    private static string?[] Texts(Columns columns, string name) => [.. Enumerable.Range(0, columns.RowCount).Select(row => columns.Text(name)[row])];

    /// <summary>Compares all that both tell, and gives how many addresses have lines.</summary>
    private static int Compare(string path, string whole, ulong[] addresses, string tool, string debugFolder = "/nonexistent")
    {
        var ours = Named(path, addresses, debugFolder);
        var theirs = Theirs(tool, whole, AddressesOf(whole, addresses));
        var known = 0;
        Assert.Equal(addresses.Length, theirs.Length);
        for (var at = 0; at < addresses.Length; at++)
        {
            // Between functions tools tell of the one before.
            if (!ours[at].IsNamed)
            {
                continue;
            }

            var mine = string.Join(" < ", (ours[at].Lines ?? []).Select(line => $"{line.Function} {Path.GetFileName(line.File)}:{line.Line}"));
            known += mine.Length > 0 ? 1 : 0;
            Assert.True(IsSame(mine, theirs[at], withNames: tool != "addr2line" || !theirs[at].Contains("_Z", StringComparison.Ordinal)), $"{tool} at 0x{addresses[at]:x}:\n{theirs[at]}\nours ({ours[at]}, {ours[at].WhyNoLines}):\n{mine}");
        }

        return known;
    }

    // The tools call the function that holds the code by its symbol ("f.cold") or by its entry ("f", without class and arguments for some), each in other cases.
    // addr2line also gives it for what was inlined there and has no such name.
    private static bool IsSame(string mine, string theirs, bool withNames)
    {
        var (ours, others) = (mine.Split(" < "), theirs.Split(" < "));
        var (own, other) = (ours[^1].Split(' '), others[^1].Split(' '));
        if (!withNames)
        {
            return ours.Select(line => line.Split(' ')[^1]).SequenceEqual(others.Select(line => line.Split(' ')[^1]));
        }

        return ours.SkipLast(1).SequenceEqual(others.SkipLast(1)) && own[^1] == other[^1] && own[0].Contains(other[0].Split('.')[0], StringComparison.Ordinal);
    }

    internal static string Build(TemporaryFolder folder, string compiler, string[] options, string source, string name = "program")
    {
        var isCxx = source.StartsWith("// C++", StringComparison.Ordinal);
        var program = compiler == "clang" ? KernelFeatures.Clang()! : isCxx ? "g++" : "gcc";
        Require.Tool(program);
        var file = folder.Write(name + (isCxx ? ".cc" : ".c"), source);
        Run(program, ["-O2", "-o", folder[name], file, .. options, .. isCxx ? (string[])["-lstdc++"] : []]);
        return folder[name];
    }

    private static FrameName[] Named(string path, ulong[] offsets, string debugFolder)
    {
        var names = new FrameName[offsets.Length];
        new Symbolizer(new SymbolizerOptions { Lines = true, Demangle = false, DebugFolders = [debugFolder] }).Name(ModuleOf(path), offsets, names);
        return names;
    }

    /// <summary>Each third byte of the program's own code, by its place in the file.</summary>
    private static ulong[] CodeOf(string path)
    {
        using var elf = ElfFile.Open(path);
        var code = elf.Find(".text")!.Value;
        return [.. Enumerable.Range(0, (int)code.Size / 3).Select(at => code.Offset + (3ul * (ulong)at))];
    }

    private static ulong[] AddressesOf(string path, ulong[] offsets)
    {
        using var elf = ElfFile.Open(path);
        return [.. offsets.Select(offset => elf.TryGetAddress(offset, out var address) ? address : throw new ArgumentException($"{offset:x} is in no segment"))];
    }

    /// <summary>"inner file:line &lt; outer file:line" for each address; empty where the tool knows nothing.</summary>
    private static string[] Theirs(string tool, string path, ulong[] addresses)
    {
        var input = string.Concat(addresses.Select(address => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}\n")));
        string[] options = tool == "addr2line" ? ["-a", "-i", "-f", "-e", path] : ["-a", "--inlines", "--no-demangle", "--output-style=GNU", $"--obj={path}"];
        var found = new List<List<string>>();
        var function = "";
        foreach (var line in RunWithInput(tool, input, options).Split('\n').Where(line => line.Length > 0))
        {
            if (line.StartsWith("0x", StringComparison.Ordinal))
            {
                found.Add([]);
                function = "";
            }
            else if (function.Length == 0)
            {
                function = line;
            }
            else
            {
                // addr2line takes a symbol's file where there is no debug information: that of the start-up code.
                var place = line.Split(" (discriminator", StringSplitOptions.None)[0];
                if (!place.StartsWith("??", StringComparison.Ordinal) && !place.StartsWith("crtstuff.c", StringComparison.Ordinal) && place[0] != ':')
                {
                    found[^1].Add($"{function} {Path.GetFileName(place)}".Replace(":?", ":0", StringComparison.Ordinal));
                }

                function = "";
            }
        }

        return [.. found.Select(chain => string.Join(" < ", chain))];
    }
}

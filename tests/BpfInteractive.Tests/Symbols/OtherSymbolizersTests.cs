using System.Globalization;
using System.Text;
using static BpfInteractive.Tests.Symbols.SymbolPrograms;

namespace BpfInteractive.Tests.Symbols;

/// <summary>Our names beside those of readelf and llvm-symbolizer, for what real machines run.</summary>
[Slow]
public sealed class OtherSymbolizersTests
{
    private const int MostFunctions = 4000;

    /// <summary>The code of clang 19, or of the older one that is there in its place.</summary>
    private static string LargeLibrary { get; } =
        new[] { "/usr/lib/x86_64-linux-gnu/libLLVM.so.19.1", "/usr/lib/x86_64-linux-gnu/libLLVM-14.so.1" }.FirstOrDefault(File.Exists) ?? "/usr/lib/x86_64-linux-gnu/libLLVM.so.19.1";

    public static TheoryData<string> Files =>
    [
        Libc, "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", LargeLibrary, "/usr/lib/x86_64-linux-gnu/libcrypto.so.3", "/usr/bin/python3",
        "/usr/bin/bash", "/usr/lib/x86_64-linux-gnu/libm.so.6", "/usr/lib/x86_64-linux-gnu/libgcc_s.so.1", "/usr/lib64/ld-linux-x86-64.so.2",
        "compiled:c", "compiled:c++", "compiled:static", "compiled:rust",
    ];

    [Theory]
    [MemberData(nameof(Files), DisableDiscoveryEnumeration = true)]
    public void Names_are_those_that_the_file_gives_and_llvm_symbolizer_agrees(string file)
    {
        Require.Tool("llvm-symbolizer");
        using var folder = new TemporaryFolder();
        var path = Resolve(file, folder);
        Require.File(path);
        var truth = ElfTruth.Of(path);
        var addresses = truth.Places(MostFunctions).ToArray();
        var names = new FrameName[addresses.Length];
        new Symbolizer(new SymbolizerOptions { DebugFolders = [], Demangle = false }).Name(ModuleOf(path), addresses.Select(truth.OffsetOf).ToArray(), names);
        var theirs = LlvmSymbolizer(path, addresses);

        Assert.True(names.Count(name => name.IsNamed) > 20, $"{names.Count(name => name.IsNamed)} of {names.Length} named");
        for (var i = 0; i < addresses.Length; i++)
        {
            var ours = names[i];
            var covering = truth.Covering(addresses[i]);
            if (ours.Function?.EndsWith("@plt", StringComparison.Ordinal) != true)
            {
                // Never a wrong name, and none left out.
                Assert.True(
                    ours.IsNamed == (covering.Count > 0) && (!ours.IsNamed || covering.Contains((ours.Function!, addresses[i] - ours.OffsetInFunction))),
                    $"0x{addresses[i]:x}: {ours}, but readelf has {string.Join(", ", covering)}");
            }

            var isSure = theirs[i] != "??" && covering.Count > 0;
            Assert.True(!isSure || covering.Any(symbol => symbol.Name == theirs[i]), $"0x{addresses[i]:x}: llvm-symbolizer says {theirs[i]}, we {ours}");
        }
    }

    private static string Resolve(string file, TemporaryFolder folder)
    {
        const string C = "#include <stdio.h>\nstatic __attribute__((noinline)) int inner(int x) { return printf(\"%d\", x); }\nint outer(int x) { return inner(x) * 2; }\nint main(int n, char **v) { return outer(n); }\n";
        switch (file)
        {
            case "compiled:c":
                return Compile(folder, "c", C);
            case "compiled:static":
                return Compile(folder, "static", C, "-static");
            case "compiled:c++":
                return Compile(folder, "cxx", "// C++\n#include <map>\n#include <string>\ntemplate <class T> int count(std::map<T, std::string> const &m) { return m.size(); }\nint main(int n, char **) { std::map<int, std::string> m; m[n] = \"x\"; return count(m); }\n", "-lstdc++");
            case "compiled:rust":
                Require.Tool("rustc");
                Run("rustc", "-O", "-C", "strip=debuginfo", "-o", folder["rust"], folder.Write("sample.rs", RustSample.Text));
                return folder["rust"];
            default:
                return new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file;
        }
    }

    private static string[] LlvmSymbolizer(string path, ulong[] addresses)
    {
        var input = new StringBuilder();
        foreach (var address in addresses)
        {
            input.Append(CultureInfo.InvariantCulture, $"0x{address:x}\n");
        }

        var output = RunWithInput(
            "llvm-symbolizer", input.ToString(), $"--obj={path}", "--no-demangle", "--no-inlines", "--output-style=GNU", "--debug-file-directory=/nonexistent", "--functions=linkage");
        return [.. output.Split('\n').Where((_, line) => line % 2 == 0).Take(addresses.Length)];
    }
}

/// <summary>What readelf says of a file: its segments, and its functions with all their names.</summary>
internal sealed class ElfTruth
{
    private readonly List<(ulong Offset, ulong Address, ulong Size)> _segments = [];
    private readonly List<(ulong Start, ulong End, string Name)> _functions = [];
    private ulong[] _starts = [];
    private ulong _longest;

    internal static ElfTruth Of(string path)
    {
        var truth = new ElfTruth();
        foreach (var fields in Lines("-lW", path).Where(fields => fields is ["LOAD", ..]))
        {
            truth._segments.Add((Hex(fields[1]), Hex(fields[2]), Hex(fields[4])));
        }

        var tables = SymbolsOf(path);
        truth.Add(tables.GetValueOrDefault(".symtab") ?? tables.GetValueOrDefault(".dynsym") ?? [], isWhole: tables.ContainsKey(".symtab"), SectionsOf(path));
        return truth;
    }

    /// <summary>First, middle and last byte of functions, and the byte behind.</summary>
    internal IEnumerable<ulong> Places(int most)
    {
        var step = Math.Max(1, _functions.Count / most);
        return Enumerable.Range(0, _functions.Count / step).Select(i => _functions[i * step])
            .SelectMany(function => (ulong[])[function.Start, function.Start + ((function.End - function.Start) / 2), function.End - 1, function.End])
            .Where(address => _segments.Any(segment => address - segment.Address < segment.Size)).Distinct();
    }

    internal ulong OffsetOf(ulong address)
    {
        var segment = _segments.First(segment => address - segment.Address < segment.Size);
        return address - segment.Address + segment.Offset;
    }

    internal HashSet<(string Name, ulong Start)> Covering(ulong address)
    {
        var found = new HashSet<(string, ulong)>();
        var index = Array.BinarySearch(_starts, address);
        index = index >= 0 ? index : ~index - 1;
        while (index + 1 < _starts.Length && _starts[index + 1] == address)
        {
            index++;
        }

        for (; index >= 0 && address - _starts[index] <= _longest; index--)
        {
            if (address < _functions[index].End)
            {
                found.Add((_functions[index].Name, _starts[index]));
            }
        }

        return found;
    }

    private void Add(List<(ulong Start, ulong Size, string Name, string Kind, int Section)> symbols, bool isWhole, Dictionary<int, (ulong End, bool IsCode)> sections)
    {
        var all = symbols.Where(symbol => sections.ContainsKey(symbol.Section) && (symbol.Kind is "FUNC" or "IFUNC" || (isWhole && symbol.Kind == "NOTYPE" && sections[symbol.Section].IsCode)))
            .OrderBy(symbol => symbol.Start).ToList();
        var sizedStarts = all.Where(symbol => symbol.Size > 0).Select(symbol => symbol.Start).ToHashSet();
        var coveredTo = 0ul;
        for (var i = 0; i < all.Count; i++)
        {
            var (start, size, name, kind, section) = all[i];
            var sized = sizedStarts.Contains(start);
            if (size == 0 && (sized || (kind == "NOTYPE" && start < coveredTo)))
            {
                continue;
            }

            var next = all.Skip(i).Select(other => other.Start).FirstOrDefault(other => other > start, ulong.MaxValue);
            var end = size != 0 ? start + size : isWhole ? Math.Min(Math.Min(next, sections[section].End), start < coveredTo ? coveredTo : ulong.MaxValue) : start + 1;
            coveredTo = size != 0 ? Math.Max(coveredTo, end) : coveredTo;
            if (end > start)
            {
                _functions.Add((start, end, name));
                _longest = Math.Max(_longest, end - start);
            }
        }

        _starts = [.. _functions.Select(function => function.Start)];
    }

    private static Dictionary<string, List<(ulong Start, ulong Size, string Name, string Kind, int Section)>> SymbolsOf(string path)
    {
        var tables = new Dictionary<string, List<(ulong, ulong, string, string, int)>>();
        List<(ulong, ulong, string, string, int)> table = [];
        foreach (var fields in Lines("-sW", path))
        {
            if (fields is ["Symbol", "table", var quoted, ..])
            {
                tables[quoted.Trim('\'')] = table = [];
            }
            else if (fields.Length >= 8 && fields[0].EndsWith(':') && int.TryParse(fields[6], out var section))
            {
                var size = fields[2].StartsWith("0x", StringComparison.Ordinal) ? Hex(fields[2]) : ulong.Parse(fields[2], CultureInfo.InvariantCulture);
                table.Add((Hex(fields[1]), size, fields[7].Split('@')[0], fields[3], section));
            }
        }

        return tables;
    }

    private static Dictionary<int, (ulong End, bool IsCode)> SectionsOf(string path) =>
        Run("readelf", "-SW", path).Split('\n').Where(line => line.Contains(']', StringComparison.Ordinal) && line.TrimStart().StartsWith('['))
            .Select(line => (Number: line[(line.IndexOf('[', StringComparison.Ordinal) + 1)..line.IndexOf(']', StringComparison.Ordinal)], Fields: line[(line.IndexOf(']', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            .Where(section => int.TryParse(section.Number, out var number) && number > 0 && section.Fields.Length >= 9)
            .ToDictionary(section => int.Parse(section.Number, CultureInfo.InvariantCulture), section => (Hex(section.Fields[2]) + Hex(section.Fields[4]), section.Fields[6].Contains('X', StringComparison.Ordinal)));

    private static IEnumerable<string[]> Lines(string option, string path) =>
        Run("readelf", option, path).Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static ulong Hex(string text) => Convert.ToUInt64(text, 16);
}

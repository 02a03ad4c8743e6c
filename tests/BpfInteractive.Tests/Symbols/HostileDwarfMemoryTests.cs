using System.Buffers.Binary;
using System.Globalization;

namespace BpfInteractive.Tests.Symbols;

/// <summary>Small files whose debug information is made to take gigabytes: what reading them takes at its peak is the process's own, as the kernel counts it.</summary>
[Slow]
[Collection(Alone.Name)]
public sealed class HostileDwarfMemoryTests : IDisposable
{
    private const string TooMuchWork = "its debug information makes more work than its size explains";
    private const string TooMuchMemory = "its debug information takes more memory than its size explains";
    private const int HeaderLength = 11;

    /// <summary>What a file may take: 128 MB of what is kept, and what of it is put together anew when a list grows.</summary>
    private const long MostBytes = 384 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lists_that_name_each_other()
    {
        // One list of 200,000 ranges, and 200,000 functions that all have it: forty thousand million steps.
        const int Many = 200_000;
        byte[] abbreviations = [1, 0x11, 1, 0x11, 0x01, 0x55, 0x17, 0, 0, 2, 0x2e, 0, 0x55, 0x17, 0, 0, 0];
        var info = Unit(1 + 8 + 4 + (5 * Many) + 1);
        info[HeaderLength] = 1;
        for (var function = 0; function < Many; function++)
        {
            info[HeaderLength + 13 + (5 * function)] = 2;
        }

        var ranges = new byte[16 * (Many + 1)];
        for (var range = 0; range < Many; range++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(ranges.AsSpan(16 * range), 0x1000 + (2 * range));
            BinaryPrimitives.WriteInt64LittleEndian(ranges.AsSpan((16 * range) + 8), 0x1001 + (2 * range));
        }

        AssertRefused(File(("debug_info", info), ("debug_abbrev", abbreviations), ("debug_ranges", ranges)), TooMuchMemory, TooMuchWork);
    }

    [Fact]
    public void Tables_of_abbreviations_that_lie_in_one_another()
    {
        // 300,000 abbreviations without attributes; 1,000 units, each of which begins with another one of them.
        const int Many = 300_000;
        const int Units = 1000;
        var abbreviations = new byte[(7 * Many) + 1];
        for (var at = 0; at < Many; at++)
        {
            (abbreviations[7 * at], abbreviations[(7 * at) + 1], abbreviations[(7 * at) + 2]) = ((byte)(at | 0x80), (byte)((at >> 7) | 0x80), (byte)((at >> 14) | 0x40));
            abbreviations[(7 * at) + 3] = 0x11;
        }

        var units = new List<byte>();
        for (var unit = 0; unit < Units; unit++)
        {
            var bytes = Unit(1);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(6), 7 * unit);
            units.AddRange(bytes);
        }

        AssertRefused(File(("debug_info", [.. units]), ("debug_abbrev", abbreviations)), TooMuchWork);
    }

    [Fact]
    public void Folders_that_all_lie_in_one_with_a_long_name()
    {
        // The unit's folder has 4,000 letters, and its lines have 100,000 folders of one letter below that.
        const int Many = 100_000;
        byte[] abbreviations = [1, 0x11, 0, 0x11, 0x01, 0x12, 0x06, 0x10, 0x17, 0x1b, 0x08, 0, 0, 0];
        var info = Unit(1 + 8 + 4 + 4 + 4001);
        info[HeaderLength] = 1;
        BinaryPrimitives.WriteInt64LittleEndian(info.AsSpan(HeaderLength + 1), 0x1000);
        BinaryPrimitives.WriteInt32LittleEndian(info.AsSpan(HeaderLength + 9), 0x1000);
        info.AsSpan(HeaderLength + 17, 4000).Fill((byte)'/');
        byte[] head = [4, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1];
        byte[] lines = [0, 0, 0, 0, .. head, .. Enumerable.Repeat(new byte[] { (byte)'a', 0 }, Many).SelectMany(name => name), 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(lines, lines.Length - 4);
        BinaryPrimitives.WriteInt32LittleEndian(lines.AsSpan(6), lines.Length - 10);

        AssertRefused(File(("debug_info", info), ("debug_abbrev", abbreviations), ("debug_line", lines)), TooMuchMemory);
    }

    [Fact]
    public void Sections_that_are_compressed_beyond_reason()
    {
        var path = File(("debug_info", new byte[100 << 20]));
        SymbolPrograms.Run("objcopy", "--compress-debug-sections=zlib", path);

        AssertRefused(path, "its .debug_info is compressed more than such sections can be");
    }

    /// <summary>Reading it ends in a reason, each time that it is tried, and the process has not grown by more than it may.</summary>
    private static void AssertRefused(string path, params string[] messages)
    {
        // What the process still holds of tests before would take in what this one needs, and its peak would not move.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        System.IO.File.WriteAllText("/proc/self/clear_refs", "5"); // proc_pid_clear_refs(5): the peak begins anew
        var before = Peak();
        using (var elf = ElfFile.Open(path))
        {
            DwarfInfo? info = null;
            for (var time = 0; time < 3; time++)
            {
                var error = Assert.Throws<SymbolFileException>(() => (info ??= DwarfInfo.Read(elf))!.Find(0x1000, null, demangle: false));
                Assert.Contains(error.Message, messages);
                Assert.Equal(FrameReason.Unreadable, error.Reason);
            }
        }

        var taken = Peak() - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{taken >> 20} MB for a file of {new FileInfo(path).Length:N0} bytes");
        Assert.InRange(taken, 0, MostBytes);
    }

    private static long Peak()
    {
        var line = System.IO.File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>A unit of DWARF 4 with room for its entries; its abbreviations are the first.</summary>
    private static byte[] Unit(int room)
    {
        var unit = new byte[HeaderLength + room];
        BinaryPrimitives.WriteInt32LittleEndian(unit, unit.Length - 4);
        (unit[4], unit[10]) = (4, 8);
        return unit;
    }

    /// <summary>A program with sections of the test's own.</summary>
    private string File(params (string Name, byte[] Bytes)[] sections)
    {
        var path = LinesTests.Build(_folder, "gcc", ["-g0"], LinesTests.C);
        foreach (var (name, bytes) in sections)
        {
            System.IO.File.WriteAllBytes(_folder[name], bytes);
        }

        SymbolPrograms.Run("objcopy", [.. sections.SelectMany(section => new[] { "--add-section", $".{section.Name}={_folder[section.Name]}" }), path]);
        return path;
    }
}

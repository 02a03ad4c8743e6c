using System.Text;

namespace BpfInteractive.Tests.Stacks.Unwinding;

/// <summary>The executable mappings of a living process, with the tables of their files.</summary>
internal sealed class ProcessMappings : IUnwindMappings
{
    private readonly List<(ulong Start, ulong End, UnwindMapping Mapping)> _ranges = [];

    internal static ProcessMappings Of(int pid, UnwindArchitecture? architecture = null)
    {
        var mappings = new ProcessMappings();
        var tables = new Dictionary<string, UnwindTable?>();
        foreach (var text in File.ReadAllLines($"/proc/{pid}/maps"))
        {
            if (!ProcMapsParser.TryParse(Encoding.UTF8.GetBytes(text), out var line) || text.Split(' ')[1][2] != 'x')
            {
                continue;
            }

            var path = text.Contains('/') ? text[text.IndexOf('/')..] : text.EndsWith("[vdso]", StringComparison.Ordinal) ? "[vdso]" : "";
            if (!tables.TryGetValue(path, out var table))
            {
                tables[path] = table = TableOf(path, architecture ?? UnwindArchitecture.X64);
            }

            mappings._ranges.Add((line.Start, line.End, new UnwindMapping(line.Start, path == "[vdso]" ? 0 : line.Offset, table, path.Length == 0)));
        }

        return mappings;
    }

    public bool TryFind(ulong address, out UnwindMapping mapping)
    {
        var (low, high) = (0, _ranges.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = _ranges[middle].Start <= address ? (middle + 1, high) : (low, middle);
        }

        mapping = low > 0 ? _ranges[low - 1].Mapping : default;
        return low > 0 && address < _ranges[low - 1].End;
    }

    internal static UnwindTable? TableOf(string path, UnwindArchitecture architecture)
    {
        if (path.Length == 0 || (path[0] == '/' && !File.Exists(path)))
        {
            return null;
        }

        using var file = path == "[vdso]" ? ElfFile.Parse(VdsoImage.Own!) : ElfFile.Open(path);
        return UnwindTables.Read(file, architecture);
    }
}

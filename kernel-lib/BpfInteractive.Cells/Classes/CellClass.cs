using System.Globalization;
using System.Text;

namespace BpfInteractive.Cells;

/// <summary>A C# class made for one loaded object, as source text. The same maps, globals, programs and types give the same text.</summary>
/// <param name="Name">The class's name: "OpensCell".</param>
/// <param name="Text">Its declaration: C# 12, names written out in full, no warnings.</param>
internal sealed record CellClass(string Name, string Text)
{
    private static readonly string[] s_taken = ["Maps", "Globals", "Programs", "Object", "Name", "CellMaps", "CellGlobals", "CellPrograms", "Map", "Dispose", "DisposeAsync", "Attach", "IsDisposed"];

    /// <summary>Writes the class.</summary>
    /// <param name="variable">The C# variable that will hold it.</param>
    /// <param name="loaded">The object.</param>
    internal static CellClass For(string variable, BpfObject loaded)
    {
        var name = CSharpNames.ClassOf(variable);
        var types = new CellTypes([.. s_taken, name]);
        var maps = MapsOf(loaded, types);
        var globals = GlobalsOf(loaded, types);
        var programs = loaded.Programs.Select(program => (program.Name, $"<c>SEC(\"{CellTypes.Xml(program.Section)}\")</c>", "global::BpfInteractive.BpfProgram", $"=> _cell.Object.Programs[\"{program.Name}\"];"));
        var text = new StringBuilder();
        text.Append("#pragma warning disable\n");
        text.Append($"/// <summary>What the BPF cell '{variable}' loaded.</summary>\n");
        text.Append($"public sealed class {name} : global::BpfInteractive.Cells.BpfCellObject\n{{\n");
        text.Append($"    public {name}(global::BpfInteractive.Cells.BpfCellBinding binding) : base(binding) {{ Maps = new CellMaps(this); Globals = new CellGlobals(this); Programs = new CellPrograms(this); }}\n");
        AppendPart(text, name, "Maps", "The maps, typed by the object's own BTF.", maps);
        AppendPart(text, name, "Globals", "The global variables: read and set while the programs run.", globals);
        AppendPart(text, name, "Programs", "The programs.", programs);
        text.Append(types.Text).Append("}\n#pragma warning restore\n");
        return new CellClass(name, text.ToString());
    }

    private static void AppendPart(StringBuilder text, string owner, string part, string summary, IEnumerable<(string Name, string Summary, string Type, string Body)> members)
    {
        text.Append($"    /// <summary>{summary}</summary>\n    public Cell{part} {part} {{ get; }}\n");
        text.Append($"    /// <summary>{summary}</summary>\n    public sealed class Cell{part}\n    {{\n        private readonly {owner} _cell;\n        internal Cell{part}({owner} cell) => _cell = cell;\n");
        foreach (var (name, about, type, body) in members)
        {
            text.Append($"        /// <summary>{about}.</summary>\n        public {type} {CSharpNames.Member(name, $"Cell{part}")} {body}\n");
        }

        text.Append("    }\n");
    }

    private static List<(string Name, string Summary, string Type, string Body)> MapsOf(BpfObject loaded, CellTypes types)
    {
        var members = new List<(string, string, string, string)>();
        foreach (var map in loaded.Maps.Where(static map => !map.IsInternal))
        {
            var (type, call) = ViewOf(loaded, map, types);
            members.Add((map.Name, AboutMap(map), type, $"=> _cell.{call};"));
        }

        return members;
    }

    private static (string Type, string Call) ViewOf(BpfObject loaded, BpfMap map, CellTypes types)
    {
        if (map.Type is BpfMapType.RingBuffer or BpfMapType.PerfEventArray)
        {
            var record = RecordTypes.Only(map) is { } found ? types.NameOf(found, map.Name + "_record") : null;
            return record is null
                ? map.Type == BpfMapType.RingBuffer ? ("global::BpfInteractive.RingBuffer", $"Ring(\"{map.Name}\")") : ("global::BpfInteractive.PerfBuffer", $"Perf(\"{map.Name}\")")
                : ($"global::BpfInteractive.Cells.BpfCellRecords<{record}>", $"Records<{record}>(\"{map.Name}\")");
        }

        var key = map.KeyType is { } keyType ? types.NameOf(keyType, map.Name + "_key") : PlainOf(map.KeySize);
        var value = map.ValueType is { } valueType ? types.NameOf(valueType, map.Name + "_value") : null;
        return (map, key, value) switch
        {
            ({ IsLocalStorage: true }, _, not null) => ($"global::BpfInteractive.BpfLocalStorage<{value}>", $"Storage<{value}>(\"{map.Name}\")"),
            ({ Type: BpfMapType.Queue or BpfMapType.Stack }, _, not null) => ($"global::BpfInteractive.BpfQueue<{value}>", $"Queue<{value}>(\"{map.Name}\")"),
            ({ Type: BpfMapType.StackTrace or BpfMapType.ProgArray or BpfMapType.BloomFilter or BpfMapType.StructOps or BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps }, _, _) => Plain(map),
            ({ IsPerCpu: true }, not null, not null) => ($"global::BpfInteractive.BpfPerCpuMap<{key}, {value}>", $"PerCpu<{key}, {value}>(\"{map.Name}\")"),
            (_, not null, not null) => ($"global::BpfInteractive.BpfMap<{key}, {value}>", $"Map<{key}, {value}>(\"{map.Name}\")"),
            _ => Plain(map),
        };
    }

    private static (string Type, string Call) Plain(BpfMap map) => ("global::BpfInteractive.BpfMap", $"Object.Maps[\"{map.Name}\"]");

    private static string? PlainOf(int size) => size switch { 4 => "uint", 8 => "ulong", _ => null };

    private static string AboutMap(BpfMap map)
    {
        var entries = map.Type == BpfMapType.RingBuffer ? $"{map.MaxEntries} bytes" : $"{map.MaxEntries} entries";
        var types = map.KeyType is { } key && map.ValueType is { } value ? $", <c>{CellTypes.Xml(key.ToString())}</c> ({map.KeySize} bytes) to <c>{CellTypes.Xml(value.ToString())}</c> ({map.ValueSize} bytes)" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{map.Type}, {entries}{types}");
    }

    private static List<(string Name, string Summary, string Type, string Body)> GlobalsOf(BpfObject loaded, CellTypes types)
    {
        var members = new List<(string, string, string, string)>();
        foreach (var global in loaded.Globals.Where(static global => !global.Name.StartsWith("__bpfi", StringComparison.Ordinal)))
        {
            if (types.NameOf(global.Type, global.Name + "_t") is not { } type)
            {
                continue;
            }

            var set = global.IsReadOnly ? "" : $" set => _cell.Object.Globals[\"{global.Name}\"].Set<{type}>(value);";
            members.Add((
                global.Name,
                $"<c>{CellTypes.Xml(global.Type.ToString())}</c>, {global.Type.SizeBytes} bytes{(global.IsReadOnly ? ", a constant: --var sets it" : "")}",
                type,
                $"{{ get => _cell.Object.Globals[\"{global.Name}\"].Get<{type}>();{set} }}"));
        }

        return members;
    }
}

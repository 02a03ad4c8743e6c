using System.Diagnostics;
using System.Globalization;

namespace BpfInteractive.Cells;

/// <summary>Compiles, loads and attaches the text of one cell. All or nothing: what fails leaves nothing behind.</summary>
internal sealed class BpfCellLoader(BpfCellOptions options, BpfObject? previous)
{
    /// <summary>The globals that <c>--pid</c> sets, by the names that programs give them.</summary>
    private static readonly string[] s_pidGlobals = ["target_pid", "targ_pid", "target_tgid", "targ_tgid", "filter_pid", "only_pid", "pid"];

    private readonly List<string> _notes = [];

    /// <param name="source">The cell's text.</param>
    /// <param name="firstLine">The line of the cell on which the text begins, from 0: findings name the cell's own lines.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal async Task<LoadedCell> LoadAsync(string source, int firstLine, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var compiled = await BpfCompiler.CompileAsync(new string('\n', firstLine) + source, new CompilerOptions { Name = options.Name! }, cancellationToken).ConfigureAwait(false);
        var compileTime = Stopwatch.GetElapsedTime(start);

        start = Stopwatch.GetTimestamp();
        using var open = OpenBpfObject.Open(compiled.Object, options.Name!);
        Prepare(open);
        var loaded = (await open.LoadAsync(cancellationToken).ConfigureAwait(false)).Keep();
        var loadTime = Stopwatch.GetElapsedTime(start);
        try
        {
            start = Stopwatch.GetTimestamp();
            if (options.Attach)
            {
                loaded.Attach();
            }

            return new LoadedCell(loaded, [.. compiled.Diagnostics], _notes, compileTime, loadTime, Stopwatch.GetElapsedTime(start));
        }
        catch
        {
            await loaded.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Prepare(OpenBpfObject open)
    {
        open.LogLevel = options.Show == BpfCellShow.Nothing ? 0 : 2;
        foreach (var (name, value) in options.Variables)
        {
            var global = open.Globals[name];
            global.Value = Parse(global, value);
        }

        if (options.Pid is { } pid)
        {
            SetPid(open, pid);
        }

        if (options.KeepMaps && previous is not null)
        {
            foreach (var map in open.Maps.Where(static map => !map.IsInternal))
            {
                Keep(open, map, previous);
            }
        }
    }

    private static object Parse(OpenBpfGlobal global, string text)
    {
        var type = global.Type.Resolve();
        switch (BtfShapes.Of(type))
        {
            case BtfShape.Boolean:
                return text is "1" or "true" || (text is not ("0" or "false") ? throw Misfit(global, text, "true or false") : false);
            case BtfShape.Float:
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) ? type.SizeBytes == 4 ? (float)real : real : throw Misfit(global, text, "a number");
            case BtfShape.Text:
                return text;
            case BtfShape.Enum when !char.IsAsciiDigit(text.FirstOrDefault()) && !text.StartsWith('-'):
                return text;
            case BtfShape.Integer or BtfShape.Enum or BtfShape.Address:
                return Number(text) ?? throw Misfit(global, text, "a whole number, decimal or 0x hex");
            default:
                throw new BpfCellOptionException($"--var {global.Name}={text}: the global is of type '{global.Type}', which a line of options cannot give; set it in the source");
        }
    }

    private static object? Number(string text)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) ? hex : null;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var signed))
        {
            return signed;
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var unsigned) ? unsigned : null;
    }

    private static BpfCellOptionException Misfit(OpenBpfGlobal global, string text, string wanted) =>
        new($"--var {global.Name}={text}: the global is of type '{global.Type}' and takes {wanted}");

    private static void SetPid(OpenBpfObject open, int pid)
    {
        foreach (var name in s_pidGlobals)
        {
            if (open.Globals.TryGet(name, out var global))
            {
                global.Value = pid;
                return;
            }
        }

        throw new BpfCellOptionException($"--pid {pid}: the program has no global to set; write: const volatile u32 target_pid; and compare it with bpf_get_current_pid_tgid() >> 32");
    }

    private void Keep(OpenBpfObject open, OpenBpfMap map, BpfObject old)
    {
        if (!old.Maps.TryGet(map.Name, out var kept))
        {
            return;
        }

        if ((Difference(map, kept) ?? LayoutDifference(open, map, kept)) is { } difference)
        {
            _notes.Add($"map {map.Name} begins empty: {difference}");
            return;
        }

        map.Reuse(kept);
        _notes.Add($"map {map.Name} is the one of the last run, with its entries");
    }

    private static string? LayoutDifference(OpenBpfObject open, OpenBpfMap map, BpfMap kept)
    {
        BtfType? TypeOf(int id) => id > 0 ? open.Btf?[id] : null;
        return MapLayout.Difference(kept.KeyType, TypeOf(map.KeyTypeId)) is { } key ? $"of its keys {key}"
            : MapLayout.Difference(kept.ValueType, TypeOf(map.ValueTypeId)) is { } value ? $"of its values {value}"
            : null;
    }

    private static string? Difference(OpenBpfMap map, BpfMap kept) => true switch
    {
        _ when map.Type != kept.Type => $"it was {kept.Type} and is {map.Type}",
        _ when map.KeySize != kept.KeySize => $"its keys had {kept.KeySize} bytes and have {map.KeySize}",
        _ when map.ValueSize != kept.ValueSize => $"its values had {kept.ValueSize} bytes and have {map.ValueSize}",
        _ when map.MaxEntries != kept.MaxEntries => $"it took {kept.MaxEntries} entries and takes {map.MaxEntries}",
        _ when map.Flags != kept.Flags => $"its flags were 0x{kept.Flags:x} and are 0x{map.Flags:x}",
        _ => null,
    };
}

/// <summary>What a cell's text became.</summary>
internal sealed record LoadedCell(
    BpfObject Object, IReadOnlyList<SourceDiagnostic> Warnings, IReadOnlyList<string> Notes, TimeSpan CompileTime, TimeSpan LoadTime, TimeSpan AttachTime);

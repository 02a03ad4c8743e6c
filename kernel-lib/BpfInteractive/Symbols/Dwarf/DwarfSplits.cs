namespace BpfInteractive;

/// <summary>
/// The other halves of units that were split (-gsplit-dwarf; DWARF 5, 3.1.2): the file that runs has their lines and where their code lies, a .dwo or .dwp file their functions. What such a
/// file says counts when its unit has the id that was asked for.
/// </summary>
/// <remarks>One thread at a time. Work and memory are those of the file that runs, and grow with what is read, up to what one file may have.</remarks>
internal sealed class DwarfSplits(DwarfSections main, DwarfBudget budget, SplitFiles files)
{
    /// <summary>The steps for looking for a file, and for bytes that are read of one that may not be it.</summary>
    private const long OpeningSteps = 256;
    private const int BytesOfStep = 64;

    private readonly Dictionary<ulong, Half> _halves = [];
    private readonly List<DwarfInfo> _read = [];
    private DwarfInfo? _package;
    private bool _wasPackageSought;
    private long _left = DwarfSections.LargestTogether;

    /// <summary>A unit's other half, and the file that it is in; or the reason why there is none.</summary>
    internal readonly record struct Half(DwarfInfo? Info, DwarfUnit? Unit, FrameReason WhyNone);

    /// <summary>The memory that the files' sections take.</summary>
    internal long SizeBytes => DwarfSections.LargestTogether - Interlocked.Read(ref _left);

    /// <summary>The other half of a unit.</summary>
    /// <param name="unit">The unit; its first entry was read.</param>
    /// <param name="name">The .dwo file that it names.</param>
    /// <param name="folder">The folder that its compiler ran in.</param>
    internal Half Of(DwarfUnit unit, string name, string folder)
    {
        if (!_halves.TryGetValue(unit.Start, out var half))
        {
            _halves[unit.Start] = half = Find(unit, name, folder);
        }

        return half;
    }

    /// <summary>Lets go what was read of units; it is read again where it is needed.</summary>
    internal void DropUnits()
    {
        foreach (var info in _read)
        {
            info.DropAll();
        }
    }

    private Half Find(DwarfUnit unit, string name, string folder)
    {
        var why = FrameReason.NoDwo;
        try
        {
            if (Package() is { } package && package.HalfOf(unit) is { } within)
            {
                return new Half(package, within, FrameReason.None);
            }
        }
        catch (SymbolFileException damage)
        {
            why = damage.Reason;
        }

        foreach (var path in files.PathsOf(name, folder))
        {
            try
            {
                using var file = Open(path);
                if (file is not null && Read(file) is { } info && info.HalfOf(unit) is { } found)
                {
                    Keep(info);
                    return new Half(info, found, FrameReason.None);
                }
            }
            catch (SymbolFileException damage)
            {
                why = damage.Reason;
            }
        }

        return new Half(null, null, why);
    }

    private DwarfInfo? Package()
    {
        if (!_wasPackageSought)
        {
            _wasPackageSought = true;
            using var file = files.PackagePath is { } path ? Open(path) : null;
            if (file is not null && Read(file) is { } package)
            {
                Keep(_package = package);
            }
        }

        return _package;
    }

    private ElfFile? Open(string path)
    {
        budget.Spend(OpeningSteps);
        return DebugFiles.Open(path);
    }

    private DwarfInfo? Read(ElfFile file)
    {
        if (DwarfSections.ReadSplit(file, main, _left) is not { } sections)
        {
            return null;
        }

        budget.Spend(sections.SizeBytes / BytesOfStep);
        return DwarfInfo.OfSplit(sections, budget);
    }

    private void Keep(DwarfInfo info)
    {
        Interlocked.Add(ref _left, -info.SectionBytes);
        budget.Grow(info.SectionBytes);
        _read.Add(info);
    }
}

/// <summary>Where split debug information may lie: one .dwp file beside a program, or the .dwo files of its objects where they were made, or beside it.</summary>
/// <param name="program">The program's path; null where that is not known.</param>
internal sealed class SplitFiles(string? program)
{
    private const int LongestPath = 4096;

    internal string? PackagePath => program is ['/', ..] ? program + ".dwp" : null;

    /// <summary>The paths of a .dwo file, likeliest first.</summary>
    internal IEnumerable<string> PathsOf(string name, string folder)
    {
        if (name.Length is 0 or > LongestPath || folder.Length > LongestPath)
        {
            yield break;
        }

        if (name.StartsWith('/') || folder.StartsWith('/'))
        {
            yield return name.StartsWith('/') ? name : $"{folder.TrimEnd('/')}/{name}";
        }

        if (program is ['/', ..] && Path.GetDirectoryName(program) is { } beside)
        {
            yield return $"{beside.TrimEnd('/')}/{Path.GetFileName(name)}";
        }
    }
}

namespace BpfInteractive;

/// <summary>The functions of one unit, and what was inlined into each where. Immutable.</summary>
internal sealed class DwarfScopes
{
    private const ulong TagInlined = 0x1d;
    private const ulong TagFunction = 0x2e;

    /// <summary>Real code nests some dozens of entries.</summary>
    private const int DeepestEntry = 4096;

    private readonly Scope[] _scopes;
    private readonly (ulong Start, ulong End, int Scope)[] _ranges;
    private readonly Function[] _functions;

    private DwarfScopes(Scope[] scopes, (ulong Start, ulong End, int Scope)[] ranges, Function[] functions) => (_scopes, _ranges, _functions) = (scopes, ranges, functions);

    /// <summary>A function, or one that was inlined into another.</summary>
    /// <param name="Parent">What it was inlined into; -1 for a function.</param>
    /// <param name="Depth">How many it was inlined into, one in another.</param>
    /// <param name="Entry">Its entry in .debug_info.</param>
    /// <param name="CallFile">The file of the call that was inlined, by its number among the unit's.</param>
    /// <param name="CallLine">The line of that call.</param>
    internal readonly record struct Scope(int Parent, int Depth, ulong Entry, uint CallFile, uint CallLine);

    private readonly record struct Function(ulong Start, ulong End, int FirstRange, int EndRange);

    internal Scope this[int scope] => _scopes[scope];

    /// <summary>Reads all entries of a unit.</summary>
    /// <exception cref="SymbolFileException">They are damaged.</exception>
    internal static DwarfScopes Read(DwarfSections sections, DwarfUnit unit, Dictionary<ulong, DwarfAbbreviation> abbreviations, DwarfBudget budget)
    {
        var scopes = new List<Scope>();
        var ranges = new List<(ulong, ulong, int)>();
        var functions = new List<(int FirstRange, int EndRange, int Scope)>();
        var own = new List<(ulong Start, ulong End)>();
        var open = new List<(int Scope, int Function)>(); // for each level of entries the scope that it lies in, and the function that ends with it
        var reader = new DwarfReader(sections.Info.AsSpan(0, (int)unit.End), unit.FirstEntry);
        while (!reader.IsAtEnd)
        {
            var at = (ulong)reader.At;
            var code = reader.Unsigned();
            if (code == 0)
            {
                if (open.Count == 0)
                {
                    break;
                }

                Close();
                continue;
            }

            var entry = abbreviations.TryGetValue(code, out var known) ? known : throw DwarfReader.Damaged();
            budget.Spend(1 + entry.Attributes.Length);
            var parent = open.Count > 0 ? open[^1].Scope : -1;
            var (scope, function) = (parent, -1);
            if (entry.Tag is TagFunction or TagInlined)
            {
                own.Clear();
                var (callFile, callLine) = ReadScope(ref reader, entry, unit, own, budget);
                if (own.Count > 0)
                {
                    budget.Keep(DwarfBudget.ScopeBytes);
                    scope = scopes.Count;
                    var isInlined = entry.Tag == TagInlined && parent >= 0;
                    scopes.Add(isInlined ? new Scope(parent, scopes[parent].Depth + 1, at, callFile, callLine) : new Scope(-1, 0, at, 0, 0));
                    if (!isInlined)
                    {
                        function = functions.Count;
                        functions.Add((ranges.Count, ranges.Count + own.Count, scope));
                    }

                    ranges.AddRange(own.Select(range => (range.Start, range.End, scope)));
                }
            }
            else
            {
                foreach (var (_, form, value) in entry.Attributes)
                {
                    DwarfForms.Read(ref reader, form, value, unit);
                }
            }

            if (entry.HasChildren)
            {
                open.Add(open.Count < DeepestEntry ? (scope, function) : throw DwarfReader.Damaged());
            }
        }

        while (open.Count > 0)
        {
            Close();
        }

        var flat = functions.SelectMany(function => Enumerable.Range(function.FirstRange, function.EndRange - function.FirstRange)
                .TakeWhile(range => ranges[range].Item3 == function.Scope).Select(range => new Function(ranges[range].Item1, ranges[range].Item2, function.FirstRange, function.EndRange)))
            .OrderBy(function => function.Start).ToArray();
        return new DwarfScopes([.. scopes], [.. ranges], flat);

        void Close()
        {
            if (open[^1].Function is >= 0 and var function)
            {
                functions[function] = functions[function] with { EndRange = ranges.Count };
            }

            open.RemoveAt(open.Count - 1);
        }
    }

    /// <summary>The innermost scope that holds an address, or -1.</summary>
    internal int Find(ulong address)
    {
        var (low, high) = (0, _functions.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _functions[middle].Start <= address ? (middle + 1, high) : (low, middle);
        }

        if (low == 0 || address >= _functions[low - 1].End)
        {
            return -1;
        }

        var best = -1;
        for (var range = _functions[low - 1].FirstRange; range < _functions[low - 1].EndRange; range++)
        {
            var (start, end, scope) = _ranges[range];
            if (address >= start && address < end && (best < 0 || _scopes[scope].Depth > _scopes[best].Depth))
            {
                best = scope;
            }
        }

        return best;
    }

    private static (uint CallFile, uint CallLine) ReadScope(ref DwarfReader reader, DwarfAbbreviation entry, DwarfUnit unit, List<(ulong Start, ulong End)> ranges, DwarfBudget budget)
    {
        var code = default(DwarfCode);
        var (callFile, callLine) = (0u, 0u);
        foreach (var (name, form, value) in entry.Attributes)
        {
            var read = DwarfForms.Read(ref reader, form, value, unit);
            code.Take(name, read);
            switch (name)
            {
                case DwarfNames.CallFile when read.Class == DwarfClass.Constant:
                    callFile = (uint)Math.Min(read.Number, int.MaxValue);
                    break;
                case DwarfNames.CallLine when read.Class == DwarfClass.Constant:
                    callLine = (uint)Math.Min(read.Number, int.MaxValue);
                    break;
            }
        }

        unit.AddRanges(ranges, code, budget);
        return (callFile, callLine);
    }
}

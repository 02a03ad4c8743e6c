using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>A register's rule in a step.</summary>
internal readonly record struct UnwindRule(CfiRuleKind Kind, byte Register, int Length, long Value);

/// <summary>From a frame to its caller: a row made small, for keeping. Its rules are <see cref="RuleCount"/> from <see cref="FirstRule"/> on.</summary>
internal readonly record struct UnwindStep(
    CfiRuleKind FrameKind, byte FrameRegister, byte ReturnColumn, bool IsSignalFrame, int FrameLength, long FrameValue, int FirstRule, int RuleCount);

/// <summary>What a table knows of an address.</summary>
internal enum UnwindKnowledge
{
    Step,
    Nothing,
    Damaged,
}

/// <summary>What all tables of a capture take together.</summary>
internal sealed class UnwindMemory
{
    internal long Bytes { get; set; }
}

/// <summary>What one file says of its code, read when first needed; steps are kept by address once they were worked out.</summary>
/// <remarks>One thread at a time. Keeps no more than a bounded number of steps: when they are too many it begins anew.</remarks>
internal sealed class UnwindTable
{
    internal const int MostSteps = 1 << 15;

    /// <summary>Those of procedure linkage tables are of a dozen bytes, those that return from signal handlers of three.</summary>
    private const int LongestExpression = 4096;
    private const int MostExpressionBytes = 1 << 20;

    private const int Missing = -1;
    private const int Broken = -2;

    private readonly (CfiSection Section, CfiIndex Index)[] _sections;
    private readonly AddressMap _addresses;
    private readonly int _registers;
    private readonly Dictionary<ulong, int> _known = [];
    private readonly List<UnwindStep> _steps = [];
    private readonly List<UnwindRule> _rules = [];
    private readonly List<byte> _expressions = [];
    private readonly UnwindMemory? _memory;
    private long _counted;

    internal UnwindTable(IEnumerable<(CfiSection Section, CfiIndex Index)> sections, AddressMap addresses, UnwindArchitecture architecture, UnwindMemory? memory = null)
    {
        _memory = memory;
        _sections = [.. sections];
        _addresses = addresses;
        _registers = architecture.Registers;
        Count();
    }

    /// <summary>The memory it takes, about.</summary>
    internal long SizeBytes
    {
        get
        {
            var size = (32L * _known.Count) + (40L * _steps.Capacity) + (16L * _rules.Capacity) + _expressions.Capacity;
            foreach (var (section, index) in _sections)
            {
                size += section.SizeBytes + index.SizeBytes;
            }

            return size;
        }
    }

    /// <summary>Whether the file says anything.</summary>
    internal bool IsEmpty => _sections.Length == 0;

    /// <summary>The address, in the file's own terms, of a place in it.</summary>
    internal bool TryGetAddress(ulong offset, out ulong address) => _addresses.TryGet(offset, out address);

    /// <summary>The bytes that the steps' expressions stand in, valid until the next step is looked for.</summary>
    internal ReadOnlySpan<byte> Expressions => CollectionsMarshal.AsSpan(_expressions);

    /// <summary>The rules of a step, valid until the next is looked for.</summary>
    internal ReadOnlySpan<UnwindRule> RulesOf(in UnwindStep step) => CollectionsMarshal.AsSpan(_rules).Slice(step.FirstRule, step.RuleCount);

    /// <summary>The step from an address to its caller.</summary>
    internal UnwindKnowledge Find(ulong address, CfiProgram program, out UnwindStep step)
    {
        if (!_known.TryGetValue(address, out var number))
        {
            if (_known.Count >= MostSteps || _expressions.Count > MostExpressionBytes)
            {
                _known.Clear();
                _steps.Clear();
                _rules.Clear();
                _expressions.Clear();
            }

            _known[address] = number = Make(address, program);
            Count();
        }

        step = number >= 0 ? _steps[number] : default;
        return number >= 0 ? UnwindKnowledge.Step : number == Missing ? UnwindKnowledge.Nothing : UnwindKnowledge.Damaged;
    }

    private int Make(ulong address, CfiProgram program)
    {
        for (var at = 0; at < _sections.Length; at++)
        {
            var (section, index) = _sections[at];
            var entry = index.Find(address);
            if (entry == CfiIndex.None)
            {
                continue;
            }

            // Without the table nobody knows whether it says something of the place: the frame pointer would be a guess.
            if (entry == CfiIndex.Lost || !section.TryReadFunction(entry, out var function))
            {
                return Broken;
            }

            if (function.Holds(address))
            {
                return program.TryRun(section, function, address, out var row) ? Keep(section, row, function.Common) : Broken;
            }
        }

        return Missing;
    }

    private int Keep(CfiSection section, in CfiRow row, in CfiCommon common)
    {
        var first = _rules.Count;
        var isWhole = common.ReturnColumn < _registers && row.FrameRegister < _registers;
        for (var register = 0; register < _registers; register++)
        {
            var rule = row[register];
            if (rule.Kind != CfiRuleKind.Unspecified)
            {
                var value = rule.Kind is CfiRuleKind.Expression or CfiRuleKind.ValueExpression ? KeepExpression(section, rule.Value, rule.Length, ref isWhole) : rule.Value;
                _rules.Add(new UnwindRule(rule.Kind, (byte)register, rule.Length, value));
            }
        }

        var frame = row.FrameKind == CfiRuleKind.ValueExpression ? KeepExpression(section, row.FrameValue, row.FrameLength, ref isWhole) : row.FrameValue;
        if (!isWhole)
        {
            return Broken;
        }

        _steps.Add(new UnwindStep(row.FrameKind, (byte)row.FrameRegister, (byte)common.ReturnColumn, common.IsSignalFrame, row.FrameLength, frame, first, _rules.Count - first));
        return _steps.Count - 1;
    }

    /// <summary>Keeps an expression with the steps, so that no file is needed to work it out.</summary>
    /// <returns>Where it begins among all.</returns>
    private int KeepExpression(CfiSection section, long from, int length, ref bool isWhole)
    {
        var at = _expressions.Count;
        var reader = section.Reader((int)from, (int)from + length);
        var bytes = length <= LongestExpression ? reader.Take(length) : default;
        isWhole &= bytes.Length == length && !reader.IsBroken;
        _expressions.AddRange(bytes);
        return at;
    }

    private void Count()
    {
        if (_memory is not null)
        {
            var size = SizeBytes;
            _memory.Bytes += size - _counted;
            _counted = size;
        }
    }
}

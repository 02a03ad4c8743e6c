using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>A register's rule in a step.</summary>
internal readonly record struct UnwindRule(CfiRuleKind Kind, byte Register, int Length, long Value);

/// <summary>From a frame to its caller: a row made small, for keeping. Its rules are <see cref="RuleCount"/> from <see cref="FirstRule"/> on.</summary>
internal readonly record struct UnwindStep(
    CfiRuleKind FrameKind, byte FrameRegister, byte ReturnColumn, bool IsSignalFrame, byte Section, int FrameLength, long FrameValue, int FirstRule, int RuleCount);

/// <summary>What a table knows of an address.</summary>
internal enum UnwindKnowledge
{
    Step,
    Nothing,
    Damaged,
}

/// <summary>What one file says of its code, read when first needed; steps are kept by address once they were worked out.</summary>
/// <remarks>One thread at a time. Keeps no more than a bounded number of steps: when they are too many it begins anew.</remarks>
internal sealed class UnwindTable
{
    internal const int MostSteps = 1 << 15;

    private const int Missing = -1;
    private const int Broken = -2;

    private readonly (CfiSection Section, CfiIndex Index)[] _sections;
    private readonly AddressMap _addresses;
    private readonly int _registers;
    private readonly Dictionary<ulong, int> _known = [];
    private readonly List<UnwindStep> _steps = [];
    private readonly List<UnwindRule> _rules = [];

    internal UnwindTable(IEnumerable<(CfiSection Section, CfiIndex Index)> sections, AddressMap addresses, UnwindArchitecture architecture)
    {
        _sections = [.. sections];
        _addresses = addresses;
        _registers = architecture.Registers;
    }

    /// <summary>The memory it takes, about.</summary>
    internal long SizeBytes =>
        _sections.Sum(each => each.Section.Bytes.Length + each.Index.SizeBytes) + (32L * _known.Count) + (40L * _steps.Capacity) + (16L * _rules.Capacity);

    /// <summary>Whether the file says anything.</summary>
    internal bool IsEmpty => _sections.Length == 0;

    /// <summary>The address, in the file's own terms, of a place in it.</summary>
    internal bool TryGetAddress(ulong offset, out ulong address) => _addresses.TryGet(offset, out address);

    /// <summary>The bytes that a step's expressions stand in.</summary>
    internal ReadOnlySpan<byte> BytesOf(in UnwindStep step) => _sections[step.Section].Section.Bytes;

    /// <summary>The rules of a step, valid until the next is looked for.</summary>
    internal ReadOnlySpan<UnwindRule> RulesOf(in UnwindStep step) => CollectionsMarshal.AsSpan(_rules).Slice(step.FirstRule, step.RuleCount);

    /// <summary>The step from an address to its caller.</summary>
    internal UnwindKnowledge Find(ulong address, CfiProgram program, out UnwindStep step)
    {
        if (!_known.TryGetValue(address, out var number))
        {
            if (_known.Count >= MostSteps)
            {
                _known.Clear();
                _steps.Clear();
                _rules.Clear();
            }

            _known[address] = number = Make(address, program);
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
            if (entry < 0)
            {
                continue;
            }

            if (!section.TryReadFunction(entry, out var function))
            {
                return Broken;
            }

            if (function.Holds(address))
            {
                return program.TryRun(section, function, address, out var row) ? Keep(row, function.Common, at) : Broken;
            }
        }

        return Missing;
    }

    private int Keep(in CfiRow row, in CfiCommon common, int section)
    {
        var first = _rules.Count;
        for (var register = 0; register < _registers; register++)
        {
            var rule = row[register];
            if (rule.Kind != CfiRuleKind.Unspecified)
            {
                _rules.Add(new UnwindRule(rule.Kind, (byte)register, rule.Length, rule.Value));
            }
        }

        if (common.ReturnColumn >= _registers || row.FrameRegister >= _registers)
        {
            return Broken;
        }

        _steps.Add(new UnwindStep(
            row.FrameKind, (byte)row.FrameRegister, (byte)common.ReturnColumn, common.IsSignalFrame, (byte)section, row.FrameLength, row.FrameValue, first, _rules.Count - first));
        return _steps.Count - 1;
    }
}

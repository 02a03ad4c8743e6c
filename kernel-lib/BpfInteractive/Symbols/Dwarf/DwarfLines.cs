namespace BpfInteractive;

/// <summary>The lines of one unit: what a line program (DWARF 5, 6.2) makes. Immutable but for the paths made.</summary>
internal sealed class DwarfLines
{
    private const int MostFiles = 1 << 20;
    private const int LongestPath = 4096;
    private const byte KindPath = 1;
    private const byte KindFolder = 2;

    private readonly List<Row> _rows = [];
    private readonly List<(ulong Start, ulong End, int First, int Count)> _sequences = [];
    private readonly List<string> _folders = [];
    private readonly List<(string Name, int Folder)> _files = [];
    private string?[] _paths = [];
    private bool _countsFromZero;

    private DwarfLines()
    {
    }

    private readonly record struct Row(ulong Address, int File, int Line);

    /// <summary>Runs the line program of a unit.</summary>
    /// <exception cref="SymbolFileException">It is damaged.</exception>
    internal static DwarfLines Read(DwarfSections sections, DwarfUnit unit, ulong at, Func<DwarfValue, string?> textOf, DwarfBudget budget)
    {
        var head = new DwarfReader(sections.Lines, at);
        var length = head.UnitLength(out var is64);
        var end = length <= (ulong)(sections.Lines.Length - head.At) ? head.At + (int)length : throw DwarfReader.Damaged();
        var reader = new DwarfReader(sections.Lines.AsSpan(0, end), (ulong)head.At);
        var lines = new DwarfLines();
        var version = reader.UInt16();
        if (version is < 2 or > 5)
        {
            throw new SymbolFileException(FormattableString.Invariant($"its lines are of version {version}, which is not read"));
        }

        var addressSize = unit.AddressSize;
        if (version == 5)
        {
            addressSize = reader.Byte();
            reader.Skip(1); // the size of a segment selector
        }

        var headerLength = reader.Offset(is64);
        var program = unchecked((ulong)reader.At + headerLength);
        var step = reader.Byte();
        reader.Skip(version >= 4 ? 2u : 1u); // operations an instruction, and whether lines are statements at first
        var (lineBase, lineRange, opcodeBase) = ((sbyte)reader.Byte(), reader.Byte(), reader.Byte());
        if (lineRange == 0 || opcodeBase == 0)
        {
            throw DwarfReader.Damaged();
        }

        var lengths = reader.Take(opcodeBase - 1).ToArray();
        var folder = textOf(unit.Folder) is { Length: <= LongestPath } told ? told : "";
        if (version == 5)
        {
            lines._countsFromZero = true;
            lines.ReadTable(ref reader, sections, unit, textOf, budget, isFolders: true);
            lines.ReadTable(ref reader, sections, unit, textOf, budget, isFolders: false);
        }
        else
        {
            lines.ReadOldTables(ref reader, folder, budget);
        }

        lines.MakeAbsolute(folder, budget);
        lines._paths = new string?[lines._files.Count];
        lines.Run(new DwarfReader(sections.Lines.AsSpan(0, end), program), addressSize, step, lineBase, lineRange, lengths, budget);
        lines._sequences.Sort((one, other) => one.Start.CompareTo(other.Start));
        return lines;
    }

    /// <summary>The line of an address.</summary>
    internal bool TryFind(ulong address, out string file, out int line)
    {
        var (low, high) = (0, _sequences.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _sequences[middle].Start <= address ? (middle + 1, high) : (low, middle);
        }

        if (low == 0 || address >= _sequences[low - 1].End)
        {
            (file, line) = ("", 0);
            return false;
        }

        var sequence = _sequences[low - 1];
        (low, high) = (sequence.First, sequence.First + sequence.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _rows[middle].Address <= address ? (middle + 1, high) : (low, middle);
        }

        (file, line) = (FileOf((uint)_rows[low - 1].File), _rows[low - 1].Line);
        return true;
    }

    /// <summary>The path of a file by its number among the unit's; empty where there is none.</summary>
    internal string FileOf(uint number)
    {
        var index = _countsFromZero ? number : number - 1;
        if (index >= _files.Count)
        {
            return "";
        }

        return _paths[index] ??= PathOf(_files[(int)index]);
    }

    private string PathOf((string Name, int Folder) file) =>
        file.Name.StartsWith('/') || file.Folder < 0 || file.Folder >= _folders.Count || _folders[file.Folder].Length is 0 or > LongestPath ? file.Name : $"{_folders[file.Folder].TrimEnd('/')}/{file.Name}";

    private void MakeAbsolute(string folder, DwarfBudget budget)
    {
        for (var at = 0; at < _folders.Count; at++)
        {
            if (!_folders[at].StartsWith('/') && folder.Length > 0)
            {
                budget.Keep(DwarfBudget.TextBytes + (2L * (folder.Length + _folders[at].Length)));
                _folders[at] = _folders[at].Length == 0 ? folder : $"{folder.TrimEnd('/')}/{_folders[at]}";
            }
        }
    }

    private void ReadOldTables(ref DwarfReader reader, string folder, DwarfBudget budget)
    {
        _folders.Add(folder);
        while (Text(ref reader, budget) is { Length: > 0 } name)
        {
            _folders.Add(name);
        }

        while (Text(ref reader, budget) is { Length: > 0 } name)
        {
            _files.Add((name, (int)Math.Min(reader.Unsigned(), int.MaxValue)));
            reader.Unsigned(); // when it was changed
            reader.Unsigned(); // its length
        }
    }

    private static string Text(ref DwarfReader reader, DwarfBudget budget)
    {
        var text = reader.ZeroTerminated();
        budget.Spend(1 + text.Length);
        budget.Keep(DwarfBudget.TextBytes + (2L * text.Length));
        return System.Text.Encoding.UTF8.GetString(text);
    }

    private void ReadTable(ref DwarfReader reader, DwarfSections sections, DwarfUnit unit, Func<DwarfValue, string?> textOf, DwarfBudget budget, bool isFolders)
    {
        var formats = new (ulong Kind, ushort Form)[reader.Byte()];
        for (var at = 0; at < formats.Length; at++)
        {
            formats[at] = (reader.Unsigned(), (ushort)Math.Min(reader.Unsigned(), ushort.MaxValue));
        }

        var count = reader.Unsigned();
        if (count > MostFiles || (formats.Length == 0 && count > 0))
        {
            throw DwarfReader.Damaged();
        }

        for (; count > 0; count--)
        {
            var (name, folder) = ("", 0);
            foreach (var (kind, form) in formats)
            {
                var value = DwarfForms.Read(ref reader, form, 0, unit);
                if (kind == KindPath)
                {
                    name = (value.Class == DwarfClass.InlineText ? DwarfReader.TextAt(sections.Lines, value.Number) : textOf(value)) ?? "";
                }
                else if (kind == KindFolder)
                {
                    folder = (int)Math.Min(value.Number, int.MaxValue);
                }
            }

            budget.Spend(1 + name.Length);
            budget.Keep(DwarfBudget.TextBytes + (2L * name.Length));
            if (isFolders)
            {
                _folders.Add(name);
            }
            else
            {
                _files.Add((name, folder));
            }
        }
    }

    private void Run(DwarfReader reader, byte addressSize, byte step, sbyte lineBase, byte lineRange, byte[] lengths, DwarfBudget budget)
    {
        var (address, file, line, first) = (0ul, 1L, 1L, 0);
        while (!reader.IsAtEnd)
        {
            budget.Spend();
            var opcode = reader.Byte();
            if (opcode > lengths.Length)
            {
                var special = opcode - lengths.Length - 1;
                Advance(special / lineRange);
                line += lineBase + (special % lineRange);
                AddRow();
                continue;
            }

            switch (opcode)
            {
                case 0:
                    var length = reader.Unsigned();
                    if (length == 0)
                    {
                        break;
                    }

                    var kind = reader.Byte();
                    if (kind == 1)
                    {
                        reader.Skip(length - 1);
                        EndSequence();
                    }
                    else if (kind == 2 && length == addressSize + 1u)
                    {
                        address = addressSize == 8 ? reader.UInt64() : addressSize == 4 ? reader.UInt32() : throw DwarfReader.Damaged();
                    }
                    else
                    {
                        reader.Skip(length - 1);
                    }

                    break;
                case 1:
                    AddRow();
                    break;
                case 2:
                    address = unchecked(address + (step * reader.Unsigned()));
                    break;
                case 3:
                    line = unchecked(line + reader.Signed());
                    break;
                case 4:
                    file = (long)Math.Min(reader.Unsigned(), int.MaxValue);
                    break;
                case 8:
                    Advance((255 - lengths.Length - 1) / lineRange);
                    break;
                case 9:
                    address = unchecked(address + reader.UInt16());
                    break;
                case 5 or 12:
                    reader.Unsigned();
                    break;
                case 6 or 7 or 10 or 11:
                    break;
                default:
                    for (var argument = 0; argument < lengths[opcode - 1]; argument++)
                    {
                        reader.Unsigned();
                    }

                    break;
            }
        }

        void Advance(int operations) => address = unchecked(address + (ulong)(step * operations));

        void AddRow()
        {
            budget.Spend(DwarfBudget.Kept);
            budget.Keep(DwarfBudget.RowBytes);
            _rows.Add(new Row(address, (int)file, (int)Math.Clamp(line, 0, int.MaxValue)));
        }

        // Code that the linker left out begins at 0. Rows of a sequence ascend; what does not is damage, and left out.
        void EndSequence()
        {
            var count = _rows.Count - first;
            var isSorted = count > 0 && _rows[first].Address != 0 && _rows[^1].Address <= address;
            for (var row = first + 1; row < _rows.Count && isSorted; row++)
            {
                isSorted = _rows[row - 1].Address <= _rows[row].Address;
            }

            if (isSorted && address > _rows[first].Address)
            {
                _sequences.Add((_rows[first].Address, address, first, count));
            }
            else
            {
                _rows.RemoveRange(first, count);
            }

            (address, file, line, first) = (0, 1, 1, _rows.Count);
        }
    }
}

using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>Where the parts of a unit lie in a package of split units (.debug_cu_index; DWARF 5, 7.3.5, and GNU's version 2 of it before).</summary>
internal readonly ref struct DwarfPackageIndex
{
    private const int HeaderLength = 16;
    private const int MostColumns = 16;
    private const uint ColumnInfo = 1;
    private const uint ColumnAbbreviations = 3;
    private const uint ColumnStringOffsets = 6;
    private const uint ColumnRangeLists = 8; // of version 5; macros in version 2, which has no such lists

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _columns;
    private readonly uint _units;
    private readonly uint _slots;
    private readonly int _rows;

    /// <exception cref="SymbolFileException">It is damaged.</exception>
    internal DwarfPackageIndex(ReadOnlySpan<byte> bytes)
    {
        var reader = new DwarfReader(bytes, 0);
        var (version, columns) = (reader.UInt32(), reader.UInt32());
        (_units, _slots) = (reader.UInt32(), reader.UInt32());
        _rows = HeaderLength + (int)Math.Min(12L * _slots, int.MaxValue / 2);
        var length = HeaderLength + (12L * _slots) + (4L * columns * (1 + (2L * _units)));
        if (version is not (2 or 5) || columns is 0 or > MostColumns || (_slots & (_slots - 1)) != 0 || length > bytes.Length)
        {
            throw DwarfReader.Damaged();
        }

        _bytes = bytes;
        _columns = (int)columns;
    }

    /// <summary>The parts of the unit with an id; null where there is none.</summary>
    internal DwarfUnitParts? Find(ulong id, DwarfBudget budget)
    {
        var mask = (ulong)_slots - 1;
        var step = ((id >> 32) & mask) | 1;
        var slot = id & mask;
        for (var probes = 0u; probes < _slots; probes++, slot = (slot + step) & mask)
        {
            budget.Spend();
            var row = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[(HeaderLength + (8 * (int)_slots) + (4 * (int)slot))..]);
            if (row == 0)
            {
                return null;
            }

            if (BinaryPrimitives.ReadUInt64LittleEndian(_bytes[(HeaderLength + (8 * (int)slot))..]) == id)
            {
                return row <= _units ? PartsOf((int)row) : throw DwarfReader.Damaged();
            }
        }

        return null;
    }

    /// <summary>Row 0 tells the columns' sections; the rows of units tell where each begins there.</summary>
    private DwarfUnitParts PartsOf(int row)
    {
        var parts = default(DwarfUnitParts);
        for (var column = 0; column < _columns; column++)
        {
            var start = At(row, column);
            parts = At(0, column) switch
            {
                ColumnInfo => parts with { Info = start },
                ColumnAbbreviations => parts with { Abbreviations = start },
                ColumnStringOffsets => parts with { StringOffsets = start },
                ColumnRangeLists => parts with { RangeLists = start },
                _ => parts,
            };
        }

        return parts;
    }

    private uint At(int row, int column) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[(_rows + (4 * ((row * _columns) + column)))..]);
}

/// <summary>Where a unit's parts begin in the sections of its file; a .dwo file has one unit, whose parts all begin at 0.</summary>
internal readonly record struct DwarfUnitParts(uint Info, uint Abbreviations, uint StringOffsets, uint RangeLists);

namespace BpfInteractive;

/// <summary>What an attribute's value is.</summary>
internal enum DwarfClass : byte
{
    /// <summary>None, or one that is of no use here.</summary>
    None,

    /// <summary>A number: a constant, or an offset into the section that the attribute is about.</summary>
    Constant,

    /// <summary>An address of code.</summary>
    Address,

    /// <summary>A place of .debug_info.</summary>
    Reference,

    /// <summary>A place of .debug_info in the supplementary file that several share.</summary>
    OtherReference,

    /// <summary>Text that begins at a place of .debug_info.</summary>
    InlineText,

    /// <summary>Text at a place of .debug_str.</summary>
    Text,

    /// <summary>Text at a place of .debug_line_str.</summary>
    LineText,

    /// <summary>Text at a place of the supplementary file's .debug_str.</summary>
    OtherText,

    /// <summary>A number among the unit's ranges.</summary>
    RangeIndex,
}

/// <summary>An attribute's value.</summary>
internal readonly record struct DwarfValue(DwarfClass Class, ulong Number);

/// <summary>How values are written (DWARF 5, 7.5.6, and GNU's own).</summary>
internal static class DwarfForms
{
    internal const ulong ImplicitConst = 0x21;

    /// <summary>Reads a value, and passes over what is of no use here.</summary>
    internal static DwarfValue Read(ref DwarfReader reader, ushort form, long implicitValue, DwarfUnit unit)
    {
        switch (form)
        {
            case 0x01: // addr
                return new(DwarfClass.Address, unit.AddressSize == 8 ? reader.UInt64() : reader.UInt32());
            case 0x03: // block2
                reader.Skip(reader.UInt16());
                return default;
            case 0x04: // block4
                reader.Skip(reader.UInt32());
                return default;
            case 0x05: // data2
                return Constant(reader.UInt16());
            case 0x06: // data4
                return Constant(reader.UInt32());
            case 0x07: // data8
                return Constant(reader.UInt64());
            case 0x08: // string
                var at = (ulong)reader.At;
                reader.ZeroTerminated();
                return new(DwarfClass.InlineText, at);
            case 0x09 or 0x18: // block, exprloc
                reader.Skip(reader.Unsigned());
                return default;
            case 0x0a: // block1
                reader.Skip(reader.Byte());
                return default;
            case 0x0b or 0x0c: // data1, flag
                return Constant(reader.Byte());
            case 0x0d: // sdata
                return Constant((ulong)reader.Signed());
            case 0x0e: // strp
                return new(DwarfClass.Text, reader.Offset(unit.Is64));
            case 0x0f: // udata
                return Constant(reader.Unsigned());
            case 0x10: // ref_addr: an address's size in DWARF 2
                return new(DwarfClass.Reference, unit.Version == 2 && unit.AddressSize == 8 ? reader.UInt64() : reader.Offset(unit.Is64));
            case 0x11: // ref1
                return Own(reader.Byte());
            case 0x12: // ref2
                return Own(reader.UInt16());
            case 0x13: // ref4
                return Own(reader.UInt32());
            case 0x14: // ref8
                return Own(reader.UInt64());
            case 0x15: // ref_udata
                return Own(reader.Unsigned());
            case 0x16: // indirect; once, for a file could go on for ever
                var named = reader.Unsigned();
                return named is 0x16 or ImplicitConst or > ushort.MaxValue ? throw DwarfReader.Damaged() : Read(ref reader, (ushort)named, 0, unit);
            case 0x17: // sec_offset
                return Constant(reader.Offset(unit.Is64));
            case 0x19: // flag_present
                return Constant(1);
            case 0x1a or 0x1f02: // strx, GNU_str_index
                return unit.TextOf(reader.Unsigned());
            case 0x1b or 0x1f01: // addrx, GNU_addr_index
                return unit.AddressOf(reader.Unsigned());
            case 0x1c: // ref_sup4
                return new(DwarfClass.OtherReference, reader.UInt32());
            case 0x24: // ref_sup8
                return new(DwarfClass.OtherReference, reader.UInt64());
            case 0x1f20: // GNU_ref_alt
                return new(DwarfClass.OtherReference, reader.Offset(unit.Is64));
            case 0x1d or 0x1f21: // strp_sup, GNU_strp_alt
                return new(DwarfClass.OtherText, reader.Offset(unit.Is64));
            case 0x1e: // data16
                reader.Skip(16);
                return default;
            case 0x1f: // line_strp
                return new(DwarfClass.LineText, reader.Offset(unit.Is64));
            case 0x20: // ref_sig8
                reader.Skip(8);
                return default;
            case (ushort)ImplicitConst:
                return Constant((ulong)implicitValue);
            case 0x22: // loclistx
                reader.Unsigned();
                return default;
            case 0x23: // rnglistx
                return new(DwarfClass.RangeIndex, reader.Unsigned());
            case 0x25: // strx1
                return unit.TextOf(reader.Byte());
            case 0x26: // strx2
                return unit.TextOf(reader.UInt16());
            case 0x27: // strx3
                return unit.TextOf(reader.UInt24());
            case 0x28: // strx4
                return unit.TextOf(reader.UInt32());
            case 0x29: // addrx1
                return unit.AddressOf(reader.Byte());
            case 0x2a: // addrx2
                return unit.AddressOf(reader.UInt16());
            case 0x2b: // addrx3
                return unit.AddressOf(reader.UInt24());
            case 0x2c: // addrx4
                return unit.AddressOf(reader.UInt32());
            default:
                throw new SymbolFileException(FormattableString.Invariant($"its debug information has a form 0x{form:x}, which is not known"));
        }

        DwarfValue Own(ulong offset) => new(DwarfClass.Reference, unchecked(unit.Start + offset));

        static DwarfValue Constant(ulong number) => new(DwarfClass.Constant, number);
    }
}

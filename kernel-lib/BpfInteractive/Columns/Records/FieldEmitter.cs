using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// Emits what takes one record apart: each field is loaded at its known offset and stored at its row. <c>ldarg.0</c> of the method it emits into is
/// the array of field decoders.
/// </summary>
internal sealed unsafe class FieldEmitter(ILGenerator il, FieldDecoder[] fields, int wholeLength, short firstRowArgument)
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic;

    private static readonly MethodInfo s_directBuffer = Method(typeof(FieldDecoder), "get_" + nameof(FieldDecoder.DirectBuffer));
    private static readonly MethodInfo s_arrayData = typeof(MemoryMarshal).GetMethod(nameof(MemoryMarshal.GetArrayDataReference), [typeof(Array)])!;
    private static readonly MethodInfo s_textCode = Method(typeof(TextField), nameof(TextField.Code));
    private static readonly MethodInfo s_textCache = Method(typeof(TextField), "get_" + nameof(TextField.Cache));
    private static readonly MethodInfo s_textRemember = Method(typeof(TextField), nameof(TextField.Remember));
    private static readonly MethodInfo s_enumCode = Method(typeof(EnumField), nameof(EnumField.Code));
    private static readonly MethodInfo s_extract = Method(typeof(IntegerSource), nameof(IntegerSource.Extract));
    private static readonly MethodInfo s_append = Method(typeof(FieldDecoder), nameof(FieldDecoder.AppendAt));

    private readonly LocalBuilder[] _objects = new LocalBuilder[fields.Length];
    private readonly LocalBuilder[] _columns = new LocalBuilder[fields.Length];
    private readonly LocalBuilder[] _caches = new LocalBuilder[fields.Length];
    private readonly LocalBuilder _low = il.DeclareLocal(typeof(ulong));
    private readonly LocalBuilder _high = il.DeclareLocal(typeof(ulong));
    private readonly LocalBuilder _entry = il.DeclareLocal(typeof(byte).MakeByRefType());

    /// <summary>The row in the batch, a native integer from 0.</summary>
    internal LocalBuilder Row { get; } = il.DeclareLocal(typeof(nint));

    /// <summary>The address of the record.</summary>
    internal LocalBuilder Record { get; } = il.DeclareLocal(typeof(nint));

    /// <summary>The length of the record, an int; only fields that take what is left of it ask.</summary>
    internal LocalBuilder Length { get; } = il.DeclareLocal(typeof(int));

    /// <summary>Whether any field asks for <see cref="Length"/>.</summary>
    internal bool NeedsLength => fields.Any(static decoder => decoder.DirectBuffer is null);

    /// <summary>What stands before the loop.</summary>
    internal void EmitPrologue()
    {
        for (var at = 0; at < fields.Length; at++)
        {
            EmitPrologue(at);
        }
    }

    /// <summary>What takes one record apart.</summary>
    internal void EmitRow()
    {
        for (var at = 0; at < fields.Length; at++)
        {
            EmitField(at);
        }
    }

    /// <summary>Before the loop: the field as an object where it is called, and a reference to the first row's place in its column.</summary>
    private void EmitPrologue(int at)
    {
        var field = fields[at];
        _objects[at] = il.DeclareLocal(field is TextField or EnumField ? field.GetType() : typeof(FieldDecoder));
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4, at);
        il.Emit(OpCodes.Ldelem_Ref);
        il.Emit(OpCodes.Castclass, _objects[at].LocalType);
        il.Emit(OpCodes.Stloc, _objects[at]);
        if (field.DirectBuffer is null)
        {
            return;
        }

        _columns[at] = il.DeclareLocal(typeof(byte).MakeByRefType());
        il.Emit(OpCodes.Ldloc, _objects[at]);
        il.Emit(OpCodes.Callvirt, s_directBuffer);
        il.Emit(OpCodes.Call, s_arrayData);
        il.Emit(OpCodes.Ldarg, firstRowArgument);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Ldc_I4, field.ElementWidth);
        il.Emit(OpCodes.Mul);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, _columns[at]);
        if (field is TextField { IsCached: true })
        {
            _caches[at] = il.DeclareLocal(typeof(byte).MakeByRefType());
            il.Emit(OpCodes.Ldloc, _objects[at]);
            il.Emit(OpCodes.Call, s_textCache);
            il.Emit(OpCodes.Call, s_arrayData);
            il.Emit(OpCodes.Stloc, _caches[at]);
        }
    }

    private void EmitField(int at)
    {
        switch (fields[at])
        {
            case { DirectBuffer: null }:
                il.Emit(OpCodes.Ldloc, _objects[at]);
                il.Emit(OpCodes.Ldloc, Record);
                il.Emit(OpCodes.Ldloc, Length);
                il.Emit(OpCodes.Call, s_append);
                break;
            case TextField { IsCached: true } text:
                EmitCachedText(at, text);
                break;
            case TextField text:
                EmitCell(at);
                il.Emit(OpCodes.Ldloc, _objects[at]);
                EmitPlace(text.Offset);
                il.Emit(OpCodes.Call, s_textCode);
                il.Emit(OpCodes.Stind_I4);
                break;
            case EnumField named:
                EmitCell(at);
                il.Emit(OpCodes.Ldloc, _objects[at]);
                EmitInteger(named.Source);
                il.Emit(OpCodes.Call, s_enumCode);
                il.Emit(OpCodes.Stind_I4);
                break;
            case BoolField truth:
                EmitCell(at);
                EmitInteger(truth.Source);
                il.Emit(OpCodes.Ldc_I4_0);
                il.Emit(OpCodes.Conv_I8);
                il.Emit(OpCodes.Cgt_Un);
                il.Emit(OpCodes.Stind_I1);
                break;
            case IBitField bits:
                EmitCell(at);
                EmitInteger(bits.Source);
                EmitStore(fields[at].ElementWidth);
                break;
            default:
                EmitCopy(at);
                break;
        }
    }

    /// <summary><see cref="TextField.Code"/> in place: a call a record would cost as much as all the other fields together.</summary>
    private void EmitCachedText(int at, TextField text)
    {
        var miss = il.DefineLabel();
        var done = il.DefineLabel();
        EmitCell(at);
        EmitWord(text.Offset, _low);
        EmitWord(text.Offset + 8, _high);
        EmitEntry(at);
        EmitMissUnlessEqual(_low, nameof(TextField.Entry.Low), miss);
        EmitMissUnlessEqual(_high, nameof(TextField.Entry.High), miss);
        il.Emit(OpCodes.Ldloc, _entry);
        il.Emit(OpCodes.Ldfld, typeof(TextField.Entry).GetField(nameof(TextField.Entry.CodePlusOne), Hidden)!);
        il.Emit(OpCodes.Brfalse, miss);
        il.Emit(OpCodes.Ldloc, _entry);
        il.Emit(OpCodes.Ldfld, typeof(TextField.Entry).GetField(nameof(TextField.Entry.CodePlusOne), Hidden)!);
        il.Emit(OpCodes.Conv_I4);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Stind_I4);
        il.Emit(OpCodes.Br, done);

        // On either way to a miss the stack holds the cell alone.
        il.MarkLabel(miss);
        il.Emit(OpCodes.Ldloc, _objects[at]);
        il.Emit(OpCodes.Ldloc, _entry);
        EmitPlace(text.Offset);
        il.Emit(OpCodes.Ldloc, _low);
        il.Emit(OpCodes.Ldloc, _high);
        il.Emit(OpCodes.Call, s_textRemember);
        il.Emit(OpCodes.Stind_I4);
        il.MarkLabel(done);
    }

    private void EmitWord(int offset, LocalBuilder word)
    {
        EmitPlace(offset);
        EmitLoad(8, isSigned: false);
        il.Emit(OpCodes.Stloc, word);
    }

    /// <summary>The address of the cache's entry for the text in the two words.</summary>
    private void EmitEntry(int at)
    {
        il.Emit(OpCodes.Ldloc, _caches[at]);
        il.Emit(OpCodes.Ldloc, _low);
        il.Emit(OpCodes.Ldc_I8, unchecked((long)TextField.LowFactor));
        il.Emit(OpCodes.Mul);
        il.Emit(OpCodes.Ldloc, _high);
        il.Emit(OpCodes.Ldc_I8, unchecked((long)TextField.HighFactor));
        il.Emit(OpCodes.Mul);
        il.Emit(OpCodes.Xor);
        il.Emit(OpCodes.Ldc_I4, 64 - TextField.CacheBits);
        il.Emit(OpCodes.Shr_Un);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Ldc_I4, sizeof(TextField.Entry));
        il.Emit(OpCodes.Mul);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, _entry);
    }

    private void EmitMissUnlessEqual(LocalBuilder word, string field, Label miss)
    {
        il.Emit(OpCodes.Ldloc, _entry);
        il.Emit(OpCodes.Ldfld, typeof(TextField.Entry).GetField(field, Hidden)!);
        il.Emit(OpCodes.Ldloc, word);
        il.Emit(OpCodes.Bne_Un, miss);
    }

    private void EmitCopy(int at)
    {
        var width = fields[at].ElementWidth;
        for (var part = 0; part < width; part += 8)
        {
            EmitCell(at);
            il.Emit(OpCodes.Ldc_I4, part);
            il.Emit(OpCodes.Add);
            EmitPlace(fields[at].Offset + part);
            EmitLoad(Math.Min(8, width), isSigned: false);
            EmitStore(Math.Min(8, width));
        }
    }

    /// <summary>Leaves an integer as 64 bits on the stack, sign- or zero-extended.</summary>
    private void EmitInteger(IntegerSource source)
    {
        if (source.Shift == 0 && source.BitCount is 8 or 16 or 32 or 64)
        {
            EmitPlace(source.Offset);
            EmitLoad(source.BitCount / 8, source.IsSigned);
            il.Emit(source.IsSigned ? OpCodes.Conv_I8 : OpCodes.Conv_U8);
            return;
        }

        if (!TryFindWindow(source, out var start, out var size))
        {
            EmitPlace(source.Offset);
            il.Emit(OpCodes.Ldc_I4, source.End - source.Offset);
            il.Emit(OpCodes.Ldc_I4, source.Shift);
            il.Emit(OpCodes.Ldc_I4, source.BitCount);
            il.Emit(source.IsSigned ? OpCodes.Ldc_I4_1 : OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Call, s_extract);
            return;
        }

        EmitPlace(start);
        EmitLoad(size, isSigned: false);
        il.Emit(OpCodes.Conv_U8);
        il.Emit(OpCodes.Ldc_I4, 64 - source.BitCount - (source.BitOffset - (start * 8)));
        il.Emit(OpCodes.Shl);
        il.Emit(OpCodes.Ldc_I4, 64 - source.BitCount);
        il.Emit(source.IsSigned ? OpCodes.Shr : OpCodes.Shr_Un);
    }

    /// <summary>The bytes to load at once for a bit-field: they hold all of it, and lie within what every whole record has.</summary>
    private bool TryFindWindow(IntegerSource source, out int start, out int size)
    {
        for (size = 1; size <= 8; size *= 2)
        {
            start = Math.Min(source.Offset, wholeLength - size);
            if (start >= 0 && start + size >= source.End && source.BitOffset + source.BitCount - (start * 8) <= 64)
            {
                return true;
            }
        }

        start = 0;
        return false;
    }

    /// <summary>The address of this row's place in a column.</summary>
    private void EmitCell(int at)
    {
        il.Emit(OpCodes.Ldloc, _columns[at]);
        il.Emit(OpCodes.Ldloc, Row);
        il.Emit(OpCodes.Ldc_I4, fields[at].ElementWidth);
        il.Emit(OpCodes.Mul);
        il.Emit(OpCodes.Add);
    }

    /// <summary>The address of a byte of the record.</summary>
    private void EmitPlace(int offset)
    {
        il.Emit(OpCodes.Ldloc, Record);
        il.Emit(OpCodes.Ldc_I4, offset);
        il.Emit(OpCodes.Add);
    }

    private void EmitLoad(int size, bool isSigned)
    {
        il.Emit(OpCodes.Unaligned, (byte)1);
        il.Emit((size, isSigned) switch
        {
            (1, true) => OpCodes.Ldind_I1,
            (1, false) => OpCodes.Ldind_U1,
            (2, true) => OpCodes.Ldind_I2,
            (2, false) => OpCodes.Ldind_U2,
            (4, true) => OpCodes.Ldind_I4,
            (4, false) => OpCodes.Ldind_U4,
            _ => OpCodes.Ldind_I8,
        });
    }

    /// <summary>Stores the low bytes of what is on the stack, a 64-bit value or one as wide as the cell.</summary>
    private void EmitStore(int size)
    {
        switch (size)
        {
            case 1:
                il.Emit(OpCodes.Conv_U1);
                il.Emit(OpCodes.Stind_I1);
                break;
            case 2:
                il.Emit(OpCodes.Conv_U2);
                il.Emit(OpCodes.Stind_I2);
                break;
            case 4:
                il.Emit(OpCodes.Conv_U4);
                il.Emit(OpCodes.Stind_I4);
                break;
            default:
                il.Emit(OpCodes.Stind_I8);
                break;
        }
    }

    private static MethodInfo Method(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.NonPublicMethods)] Type type, string name) => type.GetMethod(name, Hidden)!;
}

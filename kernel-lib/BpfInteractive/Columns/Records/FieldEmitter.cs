using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// Emits what takes one record apart: each field is loaded at its known offset and stored at its row. <c>ldarg.0</c> of the method it emits into is
/// the array of field decoders.
/// </summary>
internal sealed unsafe partial class FieldEmitter(ILGenerator il, FieldDecoder[] fields, int wholeLength, short firstRowArgument)
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic;

    private static readonly MethodInfo s_directBuffer = Method(typeof(FieldDecoder), "get_" + nameof(FieldDecoder.DirectBuffer));
    private static readonly MethodInfo s_arrayData = typeof(MemoryMarshal).GetMethod(nameof(MemoryMarshal.GetArrayDataReference), [typeof(Array)])!;
    private static readonly MethodInfo s_textCode = Method(typeof(TextField), nameof(TextField.Code));
    private static readonly MethodInfo s_enumCode = Method(typeof(EnumField), nameof(EnumField.Code));
    private static readonly MethodInfo s_append = Method(typeof(FieldDecoder), nameof(FieldDecoder.AppendAt));

    private readonly LocalBuilder[] _objects = new LocalBuilder[fields.Length];
    private readonly LocalBuilder[] _columns = new LocalBuilder[fields.Length];

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

using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>
/// Decodes a batch of whole records: <paramref name="count"/> addresses and lengths, rows from <paramref name="firstRow"/> on. Every column has
/// room, and every record is as long as all fields with a fixed place need.
/// </summary>
internal unsafe delegate void DecodeBatch(FieldDecoder[] fields, nint* records, int* lengths, int count, int firstRow);

/// <summary>
/// Makes one method out of all the fields of a record: a loop over records whose body loads each field at its known offset and stores it at its
/// row. One delegate a field costs three times as much, one call a record a fifth more (see tests/BpfInteractive.Benchmarks, ring).
/// </summary>
internal static unsafe class RecordCompiler
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

    [RequiresDynamicCode("emits code at run time")]
    internal static DecodeBatch Compile(FieldDecoder[] fields, int wholeLength)
    {
        var method = new DynamicMethod(
            "DecodeBatch",
            typeof(void),
            [typeof(FieldDecoder[]), typeof(nint*), typeof(int*), typeof(int), typeof(int)],
            typeof(RecordCompiler).Module,
            skipVisibility: true);
        new Emitter(method.GetILGenerator(), fields, wholeLength).Emit();
        return method.CreateDelegate<DecodeBatch>();
    }

    private static MethodInfo Method(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.NonPublicMethods)] Type type, string name) => type.GetMethod(name, Hidden)!;

    private sealed class Emitter(ILGenerator il, FieldDecoder[] fields, int wholeLength)
    {
        private readonly LocalBuilder _row = il.DeclareLocal(typeof(nint));
        private readonly LocalBuilder _record = il.DeclareLocal(typeof(nint));
        private readonly LocalBuilder[] _objects = new LocalBuilder[fields.Length];
        private readonly LocalBuilder[] _columns = new LocalBuilder[fields.Length];
        private readonly LocalBuilder[] _caches = new LocalBuilder[fields.Length];
        private readonly LocalBuilder _low = il.DeclareLocal(typeof(ulong));
        private readonly LocalBuilder _high = il.DeclareLocal(typeof(ulong));
        private readonly LocalBuilder _entry = il.DeclareLocal(typeof(byte).MakeByRefType());

        internal void Emit()
        {
            for (var at = 0; at < fields.Length; at++)
            {
                EmitPrologue(at);
            }

            var body = il.DefineLabel();
            var test = il.DefineLabel();
            il.Emit(OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Stloc, _row);
            il.Emit(OpCodes.Br, test);
            il.MarkLabel(body);
            EmitIndexed(OpCodes.Ldarg_1, sizeof(nint), OpCodes.Ldind_I);
            il.Emit(OpCodes.Stloc, _record);
            for (var at = 0; at < fields.Length; at++)
            {
                EmitField(at);
            }

            il.Emit(OpCodes.Ldloc, _row);
            il.Emit(OpCodes.Ldc_I4_1);
            il.Emit(OpCodes.Add);
            il.Emit(OpCodes.Stloc, _row);
            il.MarkLabel(test);
            il.Emit(OpCodes.Ldloc, _row);
            il.Emit(OpCodes.Ldarg_3);
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Blt, body);
            il.Emit(OpCodes.Ret);
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
            il.Emit(OpCodes.Ldarg, 4);
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
                    il.Emit(OpCodes.Ldloc, _record);
                    EmitIndexed(OpCodes.Ldarg_2, sizeof(int), OpCodes.Ldind_I4);
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
            il.Emit(OpCodes.Ldloc, _row);
            il.Emit(OpCodes.Ldc_I4, fields[at].ElementWidth);
            il.Emit(OpCodes.Mul);
            il.Emit(OpCodes.Add);
        }

        /// <summary>The address of a byte of the record.</summary>
        private void EmitPlace(int offset)
        {
            il.Emit(OpCodes.Ldloc, _record);
            il.Emit(OpCodes.Ldc_I4, offset);
            il.Emit(OpCodes.Add);
        }

        private void EmitIndexed(OpCode array, int size, OpCode load)
        {
            il.Emit(array);
            il.Emit(OpCodes.Ldloc, _row);
            il.Emit(OpCodes.Ldc_I4, size);
            il.Emit(OpCodes.Mul);
            il.Emit(OpCodes.Add);
            il.Emit(load);
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
    }
}

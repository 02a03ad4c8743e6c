using System.Diagnostics.CodeAnalysis;
using System.Reflection.Emit;

namespace BpfInteractive;

/// <summary>
/// Decodes a batch of whole records: <paramref name="count"/> addresses and lengths, rows from <paramref name="firstRow"/> on. Every column has
/// room, and every record is as long as all fields with a fixed place need.
/// </summary>
internal unsafe delegate void DecodeBatch(FieldDecoder[] fields, nint* records, int* lengths, int count, int firstRow);

/// <summary>Decodes whole records where they lie in a BPF ring buffer, and moves the walk on. Every column has room.</summary>
/// <returns>How many; it ends before the first record that is unfinished, too short or damaged.</returns>
internal unsafe delegate int DecodeRing(FieldDecoder[] fields, RingWalk* walk, int firstRow);

/// <summary>
/// Makes one method out of all the fields of a record and the loop around them. One delegate a field costs three times as much; gathering records
/// first and decoding them then costs twice as much once ring and columns leave the cache, because reading does not overlap with writing
/// (see tests/BpfInteractive.Benchmarks, ring).
/// </summary>
internal static unsafe class RecordCompiler
{
    [RequiresDynamicCode("emits code at run time")]
    internal static DecodeBatch CompileBatch(FieldDecoder[] fields, int wholeLength)
    {
        var method = NewMethod("DecodeBatch", typeof(void), [typeof(FieldDecoder[]), typeof(nint*), typeof(int*), typeof(int), typeof(int)]);
        var il = method.GetILGenerator();
        var emitter = new FieldEmitter(il, fields, wholeLength, firstRowArgument: 4);
        var body = il.DefineLabel();
        var test = il.DefineLabel();
        emitter.EmitPrologue();
        il.Emit(OpCodes.Br, test);
        il.MarkLabel(body);
        EmitIndexed(il, OpCodes.Ldarg_1, emitter.Row, sizeof(nint), OpCodes.Ldind_I);
        il.Emit(OpCodes.Stloc, emitter.Record);
        if (emitter.NeedsLength)
        {
            EmitIndexed(il, OpCodes.Ldarg_2, emitter.Row, sizeof(int), OpCodes.Ldind_I4);
            il.Emit(OpCodes.Stloc, emitter.Length);
        }

        emitter.EmitRow();
        EmitNextRow(il, emitter);
        il.MarkLabel(test);
        il.Emit(OpCodes.Ldloc, emitter.Row);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Blt, body);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<DecodeBatch>();
    }

    [RequiresDynamicCode("emits code at run time")]
    internal static DecodeRing CompileRing(FieldDecoder[] fields, int wholeLength)
    {
        var method = NewMethod("DecodeRing", typeof(int), [typeof(FieldDecoder[]), typeof(RingWalk*), typeof(int)]);
        var il = method.GetILGenerator();
        new RingEmitter(il, new FieldEmitter(il, fields, wholeLength, firstRowArgument: 2), wholeLength).Emit();
        return method.CreateDelegate<DecodeRing>();
    }

    internal static void EmitNextRow(ILGenerator il, FieldEmitter emitter)
    {
        il.Emit(OpCodes.Ldloc, emitter.Row);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, emitter.Row);
    }

    [RequiresDynamicCode("emits code at run time")]
    private static DynamicMethod NewMethod(string name, Type result, Type[] parameters) =>
        new(name, result, parameters, typeof(RecordCompiler).Module, skipVisibility: true);

    private static void EmitIndexed(ILGenerator il, OpCode array, LocalBuilder index, int size, OpCode load)
    {
        il.Emit(array);
        il.Emit(OpCodes.Ldloc, index);
        il.Emit(OpCodes.Ldc_I4, size);
        il.Emit(OpCodes.Mul);
        il.Emit(OpCodes.Add);
        il.Emit(load);
    }
}

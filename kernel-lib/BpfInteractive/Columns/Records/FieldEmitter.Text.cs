using System.Reflection;
using System.Reflection.Emit;

namespace BpfInteractive;

// Short texts through their cache of codes.
internal sealed unsafe partial class FieldEmitter
{
    private static readonly MethodInfo s_textCache = Method(typeof(TextField), "get_" + nameof(TextField.Cache));
    private static readonly MethodInfo s_textRemember = Method(typeof(TextField), nameof(TextField.Remember));

    private readonly LocalBuilder[] _caches = new LocalBuilder[fields.Length];
    private readonly LocalBuilder _low = il.DeclareLocal(typeof(ulong));
    private readonly LocalBuilder _high = il.DeclareLocal(typeof(ulong));
    private readonly LocalBuilder _entry = il.DeclareLocal(typeof(byte).MakeByRefType());

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
}

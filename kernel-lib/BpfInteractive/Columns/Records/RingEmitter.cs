using System.Reflection;
using System.Reflection.Emit;

namespace BpfInteractive;

/// <summary>A walk over the records of a BPF ring buffer, as far as the producers had come when it began.</summary>
internal unsafe struct RingWalk
{
    internal const uint BusyBit = 1u << 31;
    internal const uint DiscardBit = 1u << 30;
    internal const uint LengthMask = DiscardBit - 1;
    internal const uint HeaderBytes = 8;

    /// <summary>The data, mapped twice over.</summary>
    internal byte* Data;

    /// <summary>The size of the ring less one.</summary>
    internal ulong Mask;

    /// <summary>Where the walk stands, in bytes since the ring was made.</summary>
    internal ulong Position;

    /// <summary>Where it ends: no record starts there or behind.</summary>
    internal ulong End;

    /// <summary>How many records it takes at most.</summary>
    internal nint Most;
}

/// <summary>Emits <see cref="DecodeRing"/>: RingReader's loop around the fields of a record.</summary>
internal sealed class RingEmitter(ILGenerator il, FieldEmitter fields, int wholeLength)
{
    private readonly LocalBuilder _position = il.DeclareLocal(typeof(ulong));
    private readonly LocalBuilder _end = il.DeclareLocal(typeof(ulong));
    private readonly LocalBuilder _mask = il.DeclareLocal(typeof(ulong));
    private readonly LocalBuilder _data = il.DeclareLocal(typeof(nint));
    private readonly LocalBuilder _most = il.DeclareLocal(typeof(nint));
    private readonly LocalBuilder _header = il.DeclareLocal(typeof(nint));
    private readonly LocalBuilder _bits = il.DeclareLocal(typeof(uint));
    private readonly Label _next = il.DefineLabel();
    private readonly Label _skip = il.DefineLabel();
    private readonly Label _done = il.DefineLabel();

    internal void Emit()
    {
        fields.EmitPrologue();
        EmitRead(nameof(RingWalk.Position), _position);
        EmitRead(nameof(RingWalk.End), _end);
        EmitRead(nameof(RingWalk.Mask), _mask);
        EmitRead(nameof(RingWalk.Data), _data);
        EmitRead(nameof(RingWalk.Most), _most);
        il.MarkLabel(_next);
        EmitBranch(fields.Row, _most, OpCodes.Bge);
        EmitBranch(_position, _end, OpCodes.Bge_Un);
        EmitHeader();
        EmitChecks();
        il.Emit(OpCodes.Ldloc, _header);
        il.Emit(OpCodes.Ldc_I4, (int)RingWalk.HeaderBytes);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, fields.Record);
        il.Emit(OpCodes.Ldloc, _bits);
        il.Emit(OpCodes.Stloc, fields.Length);
        fields.EmitRow();
        RecordCompiler.EmitNextRow(il, fields);
        il.MarkLabel(_skip);
        EmitAdvance();
        il.Emit(OpCodes.Br, _next);
        il.MarkLabel(_done);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldloc, _position);
        il.Emit(OpCodes.Stfld, Field(nameof(RingWalk.Position)));
        il.Emit(OpCodes.Ldloc, fields.Row);
        il.Emit(OpCodes.Conv_I4);
        il.Emit(OpCodes.Ret);
    }

    /// <summary>bits = volatile read of the header at position.</summary>
    private void EmitHeader()
    {
        il.Emit(OpCodes.Ldloc, _data);
        il.Emit(OpCodes.Ldloc, _position);
        il.Emit(OpCodes.Ldloc, _mask);
        il.Emit(OpCodes.And);
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Dup);
        il.Emit(OpCodes.Stloc, _header);
        il.Emit(OpCodes.Volatile);
        il.Emit(OpCodes.Ldind_U4);
        il.Emit(OpCodes.Stloc, _bits);
    }

    /// <summary>Ends at a record that is busy, damaged or too short; skips a discarded one. Behind it, bits is the length alone.</summary>
    private void EmitChecks()
    {
        // One comparison for the usual case: with busy or discard set, bits is larger than any ring.
        var usual = il.DefineLabel();
        il.Emit(OpCodes.Ldloc, _bits);
        il.Emit(OpCodes.Conv_U8);
        il.Emit(OpCodes.Ldloc, _mask);
        il.Emit(OpCodes.Ble_Un, usual);
        EmitTest(RingWalk.BusyBit);
        il.Emit(OpCodes.Brtrue, _done);
        EmitTest(RingWalk.DiscardBit);
        il.Emit(OpCodes.Brfalse, _done); // damaged
        EmitTest(RingWalk.LengthMask);
        il.Emit(OpCodes.Stloc, _bits);
        il.Emit(OpCodes.Ldloc, _bits);
        il.Emit(OpCodes.Conv_U8);
        il.Emit(OpCodes.Ldloc, _mask);
        il.Emit(OpCodes.Bgt_Un, _done); // damaged
        il.Emit(OpCodes.Br, _skip);
        il.MarkLabel(usual);
        il.Emit(OpCodes.Ldloc, _bits);
        il.Emit(OpCodes.Ldc_I4, wholeLength);
        il.Emit(OpCodes.Blt_Un, _done);
    }

    /// <summary>position += the record's length in whole words, and its header.</summary>
    private void EmitAdvance()
    {
        il.Emit(OpCodes.Ldloc, _position);
        il.Emit(OpCodes.Ldloc, _bits);
        il.Emit(OpCodes.Ldc_I4_7);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Ldc_I4, ~7);
        il.Emit(OpCodes.And);
        il.Emit(OpCodes.Ldc_I4, (int)RingWalk.HeaderBytes);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Conv_U8);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, _position);
    }

    private void EmitTest(uint mask)
    {
        il.Emit(OpCodes.Ldloc, _bits);
        il.Emit(OpCodes.Ldc_I4, unchecked((int)mask));
        il.Emit(OpCodes.And);
    }

    private void EmitBranch(LocalBuilder left, LocalBuilder right, OpCode whenDone)
    {
        il.Emit(OpCodes.Ldloc, left);
        il.Emit(OpCodes.Ldloc, right);
        il.Emit(whenDone, _done);
    }

    private void EmitRead(string field, LocalBuilder local)
    {
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldfld, Field(field));
        il.Emit(OpCodes.Stloc, local);
    }

    private static FieldInfo Field(string name) => typeof(RingWalk).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!;
}

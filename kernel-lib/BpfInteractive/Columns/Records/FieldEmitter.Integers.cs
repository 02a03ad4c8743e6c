using System.Reflection;
using System.Reflection.Emit;

namespace BpfInteractive;

// Integers of any width and place: enums, truth values and bit-fields.
internal sealed unsafe partial class FieldEmitter
{
    private static readonly MethodInfo s_extract = Method(typeof(IntegerSource), nameof(IntegerSource.Extract));

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
}

using System.Runtime.CompilerServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// A global variable of a loaded object, shared with its programs: reading sees what they wrote, writing is seen by them. Numbers of up
/// to 8 bytes are read and written whole; larger values may change while they are read.
/// </summary>
public sealed unsafe class BpfGlobal
{
    private readonly BpfObject _object;
    private readonly GlobalVariable _variable;

    internal BpfGlobal(BpfObject owner, GlobalVariable variable)
    {
        _object = owner;
        _variable = variable;
    }

    /// <summary>Its name in the C source.</summary>
    public string Name => _variable.Name;

    /// <summary>Its type in the object's BTF.</summary>
    public BtfType Type => _variable.Type;

    /// <summary>".data", ".bss", ".rodata", or a section of the source's own.</summary>
    public string Section => _variable.Section;

    /// <summary>Whether it is a constant, which can be set before load only.</summary>
    public bool IsReadOnly => _variable.IsReadOnly;

    /// <summary>The value now, as <see cref="BtfValue.Read"/> gives it; set takes what <see cref="BtfValue.Write(BtfType, object?, Span{byte})"/> does.</summary>
    /// <exception cref="ArgumentException">The value does not fit the type.</exception>
    /// <exception cref="InvalidOperationException">It is a constant.</exception>
    /// <exception cref="ObjectDisposedException">The object is disposed.</exception>
    public object? Value
    {
        get => BtfValue.Read(Type, Copy());
        set
        {
            var bytes = Copy();
            BtfValue.Write(Type, value, bytes, Subject);
            Store(bytes);
        }
    }

    private string Subject => $"global '{Name}'";

    /// <summary>The value as a C# number or struct of the same size.</summary>
    /// <typeparam name="T">A number of the type's width, or an unmanaged struct laid out as the C type.</typeparam>
    /// <returns>The value now.</returns>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public T Get<T>()
        where T : unmanaged
    {
        CheckSize<T>();
        return Unsafe.ReadUnaligned<T>(ref Copy()[0]);
    }

    /// <summary>Sets the bytes of a C# number or struct of the same size.</summary>
    /// <typeparam name="T">A number of the type's width, or an unmanaged struct laid out as the C type.</typeparam>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public void Set<T>(T value)
        where T : unmanaged
    {
        CheckSize<T>();
        var bytes = new byte[sizeof(T)];
        Unsafe.WriteUnaligned(ref bytes[0], value);
        Store(bytes);
    }

    /// <summary>"samples = 1234".</summary>
    public override string ToString() => $"{Name} = {BtfValue.Format(Type, Copy())}";

    private byte[] Copy()
    {
        var memory = _object.MemoryOf(_variable);
        using var lease = new HandleLease(memory);
        var source = memory.Slice(_variable.Offset, _variable.Size);
        var bytes = new byte[source.Length];
        CopyWhole(source, bytes);
        return bytes;
    }

    private void Store(byte[] bytes)
    {
        if (IsReadOnly)
        {
            throw new InvalidOperationException($"{Subject} is a constant: set it before load, on the opened object");
        }

        var memory = _object.MemoryOf(_variable);
        using var lease = new HandleLease(memory);
        CopyWhole(bytes, memory.Slice(_variable.Offset, _variable.Size));
    }

    /// <summary>Copies numbers by one instruction, so that the program never sees half of one.</summary>
    private static void CopyWhole(Span<byte> from, Span<byte> to)
    {
        switch (from.Length)
        {
            case 8:
                Unsafe.WriteUnaligned(ref to[0], Unsafe.ReadUnaligned<ulong>(ref from[0]));
                break;
            case 4:
                Unsafe.WriteUnaligned(ref to[0], Unsafe.ReadUnaligned<uint>(ref from[0]));
                break;
            case 2:
                Unsafe.WriteUnaligned(ref to[0], Unsafe.ReadUnaligned<ushort>(ref from[0]));
                break;
            default:
                from.CopyTo(to);
                break;
        }
    }

    private void CheckSize<T>()
        where T : unmanaged
    {
        if (sizeof(T) != _variable.Size)
        {
            throw new ArgumentException($"{typeof(T).Name} has {sizeof(T)} bytes, {Subject} of type {Type} has {_variable.Size}");
        }
    }
}

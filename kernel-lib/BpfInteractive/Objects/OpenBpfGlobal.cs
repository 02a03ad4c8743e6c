using System.Runtime.CompilerServices;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>A global variable of an object that is not loaded yet: <c>const volatile</c> options and the initial values of others.</summary>
public sealed unsafe class OpenBpfGlobal
{
    private readonly OpenBpfObject _object;
    private readonly GlobalVariable _variable;
    private readonly nint _map;

    internal OpenBpfGlobal(OpenBpfObject owner, GlobalVariable variable, nint map)
    {
        _object = owner;
        _variable = variable;
        _map = map;
    }

    /// <summary>Its name in the C source.</summary>
    public string Name => _variable.Name;

    /// <summary>Its type in the object's BTF.</summary>
    public BtfType Type => _variable.Type;

    /// <summary>".rodata" for constants, ".data" or ".bss" for variables, or a section of the source's own.</summary>
    public string Section => _variable.Section;

    /// <summary>Whether it is a constant for the program; the verifier then knows its value and leaves out code that it makes dead.</summary>
    public bool IsReadOnly => _variable.IsReadOnly;

    /// <summary>
    /// The value at load, as <see cref="BtfValue.Read"/> gives it: a number of the type's width, bool, string (character arrays; enums by name), an
    /// array, byte[], a <see cref="BtfRecord"/>. Set takes what <see cref="BtfValue.Write(BtfType, object?, Span{byte})"/> does; <see cref="Set{T}"/> takes C# structs.
    /// </summary>
    /// <exception cref="ArgumentException">The value does not fit the type.</exception>
    public object Value
    {
        get => BtfValue.Read(Type, Bytes) ?? Bytes.ToArray();
        set => BtfValue.Write(Type, value, Bytes, Subject);
    }

    private string Subject => $"global '{Name}'";

    private Span<byte> Bytes
    {
        get
        {
            _object.ThrowIfSpent();
            nuint size = 0;
            var data = (byte*)LibBpf.bpf_map__initial_value(_map, &size);
            if (data is null || size < (nuint)(_variable.Offset + _variable.Size))
            {
                throw new BpfException("reach", Subject, 0, $"section '{Section}' has no initial value");
            }

            // SAFETY: libbpf's buffer lives as long as the open object, which ThrowIfSpent has shown; the bounds are checked above.
            return new Span<byte>(data + _variable.Offset, _variable.Size);
        }
    }

    /// <summary>Sets the bytes of a C# struct of the same size.</summary>
    /// <typeparam name="T">An unmanaged struct laid out as the C type.</typeparam>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">Its size is another than the variable's.</exception>
    public void Set<T>(T value)
        where T : unmanaged
    {
        if (typeof(T).IsPrimitive || typeof(T).IsEnum)
        {
            Value = value;
            return;
        }

        var bytes = Bytes;
        if (sizeof(T) != bytes.Length)
        {
            throw new ArgumentException($"{typeof(T).Name} has {sizeof(T)} bytes, {Subject} of type {Type} has {bytes.Length}", nameof(value));
        }

        Unsafe.WriteUnaligned(ref bytes[0], value);
    }

    /// <summary>"const volatile u32 target_pid = 0" without the qualifiers: "target_pid = 0".</summary>
    public override string ToString() => $"{Name} = {BtfValue.Format(Type, Bytes)}";
}

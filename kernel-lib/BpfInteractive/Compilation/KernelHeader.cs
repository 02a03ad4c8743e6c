using System.Collections.Frozen;

namespace BpfInteractive;

/// <summary>
/// Writes vmlinux.h: C declarations of the kernel's types, in an order that C accepts. Either of all of them, or of the few that a source names.
/// </summary>
internal sealed class KernelHeader
{
    private const byte Declared = 1;
    private const byte InProgress = 2;
    private const byte Complete = 4;

    private readonly BtfData _data;
    private readonly byte[] _states;
    private readonly CText _text;
    private readonly CWriter _writer;

    private KernelHeader(KernelTypes kernel, IReadOnlySet<string> taken, int capacity)
    {
        _data = kernel.Data;
        _states = new byte[_data.TypeCount];
        _text = new CText(capacity);
        _writer = new CWriter(_text, new CNames(_data, kernel.Enumerators, taken), new CLayout(_data));
    }

    /// <summary>Every type and every kfunc of the kernel.</summary>
    internal static byte[] WriteAll(KernelTypes kernel, IReadOnlySet<string>? taken = null)
    {
        taken ??= FrozenSet<string>.Empty;
        var header = new KernelHeader(kernel, taken, 4 << 20);
        header.Begin();
        var all = Enumerable.Range(1, kernel.Data.TypeCount - 1);
        header.AddTypes(all.Where(id => kernel.Data.KindOf(id) is BtfKind.Struct or BtfKind.Union or BtfKind.Typedef or BtfKind.Forward or BtfKind.Enum or BtfKind.Enum64));
        return header.End(kernel.Functions.Ids, taken);
    }

    /// <summary>The types and kfuncs that are wanted, and what they need.</summary>
    internal static byte[] Write(KernelTypes kernel, IReadOnlyCollection<int> types, IReadOnlyCollection<int> functions, IReadOnlySet<string> taken)
    {
        var header = new KernelHeader(kernel, taken, 64 << 10);
        header.Begin();
        header.AddTypes(types);
        return header.End(functions, taken);
    }

    private void AddTypes(IEnumerable<int> ids)
    {
        var anonymousEnums = new List<BtfType>();
        foreach (var id in ids)
        {
            var type = _data[id];
            if (!type.IsAnonymous)
            {
                Require(type, byValue: true);
            }
            else if (type.Kind is BtfKind.Enum or BtfKind.Enum64)
            {
                anonymousEnums.Add(type);
            }
        }

        // Most of them belong to a member or a typedef and were written there.
        foreach (var type in anonymousEnums.Where(type => !_writer.HasWritten(type)))
        {
            _writer.Definition(type, 0);
            _text.Add(";\n\n"u8);
        }
    }

    private void Begin() => _text.Add("""
        #ifndef __VMLINUX_H__
        #define __VMLINUX_H__
        #pragma clang system_header
        #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
        #pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
        #endif


        """u8);

    private byte[] End(IReadOnlyCollection<int> functions, IReadOnlySet<string> taken)
    {
        var wanted = functions.Select(id => _data[id]).Where(function => !taken.Contains(function.Name)).ToList();
        foreach (var function in wanted)
        {
            Require(function.Target, byValue: false);
        }

        _text.Add("""
            #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
            #pragma clang attribute pop
            #endif

            #ifndef BPF_NO_KFUNC_PROTOTYPES
            #ifndef __ksym
            #define __ksym __attribute__((section(".ksyms")))
            #endif
            #ifndef __weak
            #define __weak __attribute__((weak))
            #endif

            """u8);
        wanted.ForEach(_writer.KernelFunction);
        _text.Add("#endif\n\n#endif /* __VMLINUX_H__ */\n"u8);
        return _text.Written.ToArray();
    }

    /// <summary>Writes what has to stand before a use of the type: whole for a use by value, declared for a use through a pointer.</summary>
    private void Require(BtfType type, bool byValue)
    {
        switch (type.Kind)
        {
            case BtfKind.Pointer:
                Require(type.Target, byValue: false);
                break;
            case BtfKind.Array:
                // C wants a complete element even behind a pointer.
                Require(type.Target, byValue: true);
                break;
            case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag:
                Require(type.Target, byValue);
                break;
            case BtfKind.FunctionPrototype:
                RequirePrototype(type);
                break;
            case BtfKind.Typedef:
                RequireTypedef(type, byValue);
                break;
            case BtfKind.Struct or BtfKind.Union when type.IsAnonymous:
                RequireMembers(type);
                break;
            case BtfKind.Struct or BtfKind.Union:
                RequireRecord(type, byValue);
                break;
            case BtfKind.Enum or BtfKind.Enum64 when !type.IsAnonymous:
                RequireEnum(type);
                break;
            case BtfKind.Forward:
                Declare(type);
                break;
        }
    }

    private void RequirePrototype(BtfType prototype)
    {
        Require(prototype.Target, byValue: false);
        foreach (var parameter in prototype.Parameters)
        {
            Require(parameter.Type, byValue: false);
        }
    }

    private void RequireTypedef(BtfType type, bool byValue)
    {
        ref var state = ref _states[type.Id];
        if ((state & Declared) == 0)
        {
            state |= Declared;
            Require(type.Target, byValue: false);
            _writer.Typedef(type);
        }

        if (byValue && (state & (Complete | InProgress)) == 0)
        {
            state |= InProgress;
            if (!(type.Target.Kind is BtfKind.Struct or BtfKind.Union && type.Target.IsAnonymous))
            {
                Require(type.Target, byValue: true);
            }

            state |= Complete;
        }
    }

    private void RequireRecord(BtfType type, bool byValue)
    {
        ref var state = ref _states[type.Id];
        if (!byValue)
        {
            Declare(type);
        }
        else if ((state & (Complete | InProgress)) == 0)
        {
            state |= InProgress;
            RequireMembers(type);
            _writer.Definition(type, 0);
            _text.Add(";\n\n"u8);
            state |= Complete | Declared;
        }
    }

    private void RequireMembers(BtfType record)
    {
        foreach (var member in record.Members)
        {
            if (member.IsAnonymous && member.Type is { Kind: BtfKind.Struct or BtfKind.Union } inner)
            {
                RequireMembers(inner);
            }
            else
            {
                Require(member.Type, byValue: true);
            }
        }
    }

    private void RequireEnum(BtfType type)
    {
        ref var state = ref _states[type.Id];
        if ((state & Complete) == 0)
        {
            state |= Complete;
            _writer.Definition(type, 0);
            _text.Add(";\n\n"u8);
        }
    }

    private void Declare(BtfType type)
    {
        ref var state = ref _states[type.Id];
        if ((state & (Declared | Complete)) == 0)
        {
            state |= Declared;
            _writer.Tag(type);
            _text.Add(";\n\n"u8);
        }
    }
}

using System.Text;

namespace BpfInteractive;

/// <summary>
/// Chooses what a source needs of the kernel's types: those it names (types, enum values, kernel functions), and those behind each member whose name
/// appears in it, so that <c>task->mm->exe_file</c> compiles. What this misses clang reports, and the compiler asks again.
/// </summary>
internal sealed class KernelTypeSelection
{
    // The types that libbpf's headers and ours use without the source naming them.
    private static readonly string[] Always =
    [
        "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "__u8", "__u16", "__u32", "__u64", "__s8", "__s16", "__s32", "__s64", "bool", "size_t", "pid_t",
        "__be16", "__be32", "__be64", "__le16", "__le32", "__le64", "__wsum", "__sum16", "bpf_map_type", "bpf_iter_num", "pt_regs", "user_pt_regs", "BPF_ANY", "BPF_F_CURRENT_CPU", "true",
    ];

    private readonly KernelTypes _kernel;
    private readonly SourceScan _scan;
    private readonly HashSet<int> _types = [];
    private readonly HashSet<int> _functions = [];
    private readonly Stack<int> _pending = new();
    private readonly List<BtfType> _matches = [];

    private KernelTypeSelection(KernelTypes kernel, SourceScan scan)
    {
        _kernel = kernel;
        _scan = scan;
    }

    internal IReadOnlyCollection<int> Types => _types;

    internal IReadOnlyCollection<int> Functions => _functions;

    internal static KernelTypeSelection Choose(KernelTypes kernel, SourceScan scan, IEnumerable<string> more)
    {
        var selection = new KernelTypeSelection(kernel, scan);
        var hasLoops = scan.Identifiers.Contains("bpf_for_each"u8);
        foreach (var name in scan.Identifiers.Names)
        {
            selection.AddName(name);
            if (hasLoops)
            {
                selection.AddIterator(Encoding.UTF8.GetString(name));
            }
        }

        foreach (var name in Always.Concat(more))
        {
            selection.AddName(Encoding.UTF8.GetBytes(name));
        }

        selection.FollowMembers();
        return selection;
    }

    /// <summary>Whether the kernel's BTF has something of this name that C could use.</summary>
    internal static bool Knows(KernelTypes kernel, string name) =>
        kernel.Data.FindAll(name).Any(type => IsUsable(type.Kind))
        || kernel.Enumerators.FirstEnumWith(Encoding.UTF8.GetBytes(name)) != 0 || kernel.Functions.TryFind(name, out _);

    /// <summary><c>bpf_for_each(task, ...)</c> pastes names together.</summary>
    private void AddIterator(string name)
    {
        foreach (var made in new[] { $"bpf_iter_{name}", $"bpf_iter_{name}_new", $"bpf_iter_{name}_next", $"bpf_iter_{name}_destroy" })
        {
            AddName(Encoding.UTF8.GetBytes(made));
        }
    }

    private void AddName(ReadOnlySpan<byte> name)
    {
        _matches.Clear();
        _kernel.Data.FindAll(name, _matches);
        foreach (var type in _matches)
        {
            if (IsUsable(type.Kind) && !(type.Kind == BtfKind.Typedef ? _scan.DefinedTypedefs.Contains(type.Name) : _scan.DefinedTags.ContainsKey(type.Name)))
            {
                AddType(type);
            }
            else if (type.Kind == BtfKind.Function && _kernel.Functions.TryFind(type.Name, out var id) && !_scan.DeclaredExterns.Contains(type.Name) && _functions.Add(id))
            {
                AddSignature(_kernel.Data[id].Target);
            }
        }

        if (_kernel.Enumerators.FirstEnumWith(name) is var owner and not 0)
        {
            AddType(_kernel.Data[owner]);
        }
    }

    // libbpf compares the declaration with the kernel's: a struct that is only declared is none to it.
    private void AddSignature(BtfType prototype)
    {
        AddType(Pointee(prototype.Target));
        foreach (var parameter in prototype.Parameters)
        {
            AddType(Pointee(parameter.Type));
        }
    }

    private void AddType(BtfType type)
    {
        if (type.Kind != BtfKind.Void && _types.Add(type.Id))
        {
            _pending.Push(type.Id);
        }
    }

    private void FollowMembers()
    {
        while (_pending.TryPop(out var id))
        {
            var type = Pointee(_kernel.Data[id]);
            if (type.Id != id)
            {
                AddType(type);
                continue;
            }

            foreach (var member in type.Members)
            {
                if (member.IsAnonymous || _scan.Identifiers.Contains(member.NameUtf8))
                {
                    AddType(Pointee(member.Type));
                }
            }
        }
    }

    /// <summary>The struct, union or enum behind pointers, arrays, typedefs and qualifiers; the type itself where there is none.</summary>
    private static BtfType Pointee(BtfType type)
    {
        var target = type;
        for (var depth = 0; depth < BtfType.MaxDepth; depth++)
        {
            if (target.Kind is BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64)
            {
                return target;
            }

            if (target.Kind is not (BtfKind.Pointer or BtfKind.Array) && !BtfLayout.IsAlias(target.Kind))
            {
                return type.Kind == BtfKind.Typedef ? type : target;
            }

            target = target.Target;
        }

        return type;
    }

    private static bool IsUsable(BtfKind kind) => kind is BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Typedef;
}

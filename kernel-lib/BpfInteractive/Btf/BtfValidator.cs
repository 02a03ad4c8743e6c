namespace BpfInteractive;

/// <summary>
/// Checks BTF from outside as the kernel would (kernel/bpf/btf.c): references and names lie inside, members lie inside their struct, and
/// nothing contains itself. After this, walking the types by value, or along pointers up to the next struct, ends within <see cref="BtfType.MaxDepth"/> steps.
/// </summary>
internal ref struct BtfValidator
{
    private readonly BtfData _data;
    private readonly int _firstId;

    /// <summary>For each own type: the depth of what it contains by value, plus one; 0 = not known yet, -1 = being looked at.</summary>
    private readonly sbyte[] _depths;

    /// <summary>For each own type: how many members it has by value, those of its members included.</summary>
    private readonly int[] _weights;

    /// <summary>The kernel's largest structs have some thousands; unions of unions of unions could have 2^64 in a few hundred bytes.</summary>
    private const int MaxWeight = 1 << 20;

    private BtfValidator(BtfData data, int firstId)
    {
        _data = data;
        _firstId = firstId;
        _depths = new sbyte[data.TypeCount - firstId];
        _weights = new int[data.TypeCount - firstId];
    }

    internal static void Validate(BtfData data, int firstId)
    {
        var validator = new BtfValidator(data, firstId);
        for (var id = firstId; id < data.TypeCount; id++)
        {
            validator.CheckRecord(data[id]);
        }

        validator.CheckDepths(throughPointers: false);
        Array.Clear(validator._depths);
        validator.CheckDepths(throughPointers: true);
        for (var id = firstId; id < data.TypeCount; id++)
        {
            validator.CheckSizes(data[id]);
        }
    }

    private readonly void CheckRecord(BtfType type)
    {
        CheckName(type, _data.NameOffsetOf(type.Id));
        var kind = type.Kind;
        if (BtfLayout.HasTarget(kind))
        {
            CheckReference(type, _data.Word(type.Id, 8));
        }

        if (kind == BtfKind.Array)
        {
            CheckReference(type, _data.Word(type.Id, 12));
            CheckReference(type, _data.Word(type.Id, 16));
        }
        else if (kind == BtfKind.Int && (BtfBits(type) > 128 || type.Data.Word(type.Id, 8) is 0 or > 16))
        {
            throw Wrong(type, $"an integer of {type.Data.Word(type.Id, 8)} bytes and {BtfBits(type)} bits");
        }

        var (first, step, hasName, reference) = kind switch
        {
            BtfKind.Struct or BtfKind.Union => (12, 12, true, 4),
            BtfKind.Enum => (12, 8, true, -1),
            BtfKind.Enum64 => (12, 12, true, -1),
            BtfKind.FunctionPrototype => (12, 8, true, 4),
            BtfKind.DataSection => (12, 12, false, 0),
            _ => (0, 0, false, -1),
        };
        for (var index = 0; step > 0 && index < type.Count; index++)
        {
            var at = first + (index * step);
            if (hasName)
            {
                CheckName(type, _data.Word(type.Id, at));
            }

            if (reference >= 0)
            {
                CheckReference(type, _data.Word(type.Id, at + reference));
            }
        }
    }

    private readonly record struct Frame(int Id, int Next, int Deepest, int Weight);

    private static uint BtfBits(BtfType type) => type.Data.Word(type.Id, 12) & 0xff;

    private readonly void CheckName(BtfType type, uint offset)
    {
        try
        {
            _data.StringAt(offset);
        }
        catch (BtfFormatException error)
        {
            throw Wrong(type, error.Problem);
        }
    }

    private readonly void CheckReference(BtfType type, uint id)
    {
        if (id >= (uint)_data.TypeCount)
        {
            throw Wrong(type, $"it refers to type {id}, but the last one is {_data.TypeCount - 1}");
        }
    }

    /// <summary>Depth first with a stack of our own, as damaged data may nest as deep as it is long.</summary>
    private readonly void CheckDepths(bool throughPointers)
    {
        var stack = new Stack<Frame>();
        for (var id = _firstId; id < _data.TypeCount; id++)
        {
            if (_depths[id - _firstId] != 0)
            {
                continue;
            }

            stack.Push(new Frame(id, 0, 0, 1));
            _depths[id - _firstId] = -1;
            while (stack.TryPop(out var frame))
            {
                Step(stack, frame, throughPointers);
            }
        }
    }

    private readonly void Step(Stack<Frame> stack, Frame frame, bool throughPointers)
    {
        var type = _data[frame.Id];
        if (!TryEdge(type, frame.Next, throughPointers, out var target))
        {
            if (frame.Deepest >= BtfType.MaxDepth)
            {
                throw type.TooDeep();
            }

            _depths[frame.Id - _firstId] = (sbyte)(frame.Deepest + 1);
            _weights[frame.Id - _firstId] = frame.Weight;
            return;
        }

        var depth = target < _firstId ? (sbyte)1 : _depths[target - _firstId];
        switch (depth)
        {
            case -1:
                throw Wrong(type, $"type {frame.Id} contains itself");
            case 0:
                stack.Push(frame);
                stack.Push(new Frame(target, 0, 0, 1));
                _depths[target - _firstId] = -1;
                break;
            default:
                var weight = frame.Weight + (target < _firstId ? 1 : _weights[target - _firstId]);
                if (weight > MaxWeight && !throughPointers)
                {
                    throw Wrong(type, $"it has more than {MaxWeight} members, those of its members included");
                }

                stack.Push(new Frame(frame.Id, frame.Next + 1, Math.Max(frame.Deepest, depth), Math.Min(weight, MaxWeight)));
                break;
        }
    }

    /// <summary>The edges of a type: by value (structs to their members), or along pointers and prototypes but not into structs.</summary>
    private readonly bool TryEdge(BtfType type, int index, bool throughPointers, out int target)
    {
        target = 0;
        switch (type.Kind)
        {
            case BtfKind.Struct or BtfKind.Union when !throughPointers && index < type.Count:
                target = type.Members[index].TypeId;
                return true;
            case BtfKind.Array when index == 0:
                target = type.Target.Id;
                return true;
            case BtfKind.FunctionPrototype when throughPointers && index <= type.Count:
                target = index == 0 ? type.Target.Id : (int)_data.Word(type.Id, 12 + ((index - 1) * 8) + 4);
                return true;
            case BtfKind.Pointer or BtfKind.Function when throughPointers && index == 0:
            case BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.TypeTag or BtfKind.Variable when index == 0:
                target = type.Target.Id;
                return true;
            default:
                return false;
        }
    }

    private readonly void CheckSizes(BtfType type)
    {
        var size = BtfTypeMath.SizeBytes(type);
        if (type.Kind is not (BtfKind.Struct or BtfKind.Union))
        {
            return;
        }

        foreach (var member in type.Members)
        {
            var bits = member.BitFieldSize != 0 ? member.BitFieldSize : BtfTypeMath.SizeBytes(member.Type) * 8;
            if (member.BitOffset + bits > size * 8)
            {
                throw Wrong(type, $"member '{member.Name}' ends at bit {member.BitOffset + bits} of a {size}-byte {type.Kind}");
            }
        }
    }

    private readonly BtfFormatException Wrong(BtfType type, string problem) => new("BTF", _data.OffsetOf(type.Id), $"type {type.Id} ({type.Kind}): {problem}");
}

using System.Globalization;

namespace BpfInteractive;

/// <summary>Types: what stands between the angle brackets.</summary>
internal ref partial struct RustV0Demangler
{
    private void Type()
    {
        Enter();
        var tag = Next();
        if (BasicType(tag) is { } basic)
        {
            Print(basic);
        }
        else
        {
            CompoundType(tag);
        }

        _depth--;
    }

    private static string? BasicType(char tag) => tag switch
    {
        'b' => "bool",
        'c' => "char",
        'e' => "str",
        'u' => "()",
        'z' => "!",
        'p' => "_",
        'v' => "...",
        'a' => "i8",
        's' => "i16",
        'l' => "i32",
        'x' => "i64",
        'n' => "i128",
        'i' => "isize",
        'h' => "u8",
        't' => "u16",
        'm' => "u32",
        'y' => "u64",
        'o' => "u128",
        'j' => "usize",
        'f' => "f32",
        'd' => "f64",
        _ => null,
    };

    private void CompoundType(char tag)
    {
        switch (tag)
        {
            case 'R' or 'Q':
                Reference(tag == 'Q');
                break;
            case 'P' or 'O':
                Print(tag == 'P' ? "*const " : "*mut ");
                Type();
                break;
            case 'A' or 'S':
                Print("[");
                Type();
                if (tag == 'A')
                {
                    Print("; ");
                    Constant(inValue: true);
                }

                Print("]");
                break;
            case 'T':
                Tuple();
                break;
            case 'F':
                InBinder(static (ref RustV0Demangler self) => self.FunctionType());
                break;
            case 'D':
                TraitObject();
                break;
            case 'B':
                FollowType();
                break;
            default:
                _at--;
                Path(inValue: false);
                break;
        }
    }

    private void FollowType()
    {
        var back = EnterBackReference();
        if (_silent == 0)
        {
            (_at, var after) = (back, _at);
            Type();
            _at = after;
        }
    }

    private void Reference(bool isMutable)
    {
        Print("&");
        if (TryTake('L') && Base62() is > 0 and var lifetime)
        {
            Lifetime(lifetime);
            Print(" ");
        }

        Print(isMutable ? "mut " : "");
        Type();
    }

    private void Tuple()
    {
        Print("(");
        var count = 0;
        for (; !TryTake('E'); count++)
        {
            Print(count == 0 ? "" : ", ");
            Type();
        }

        Print(count == 1 ? ",)" : ")");
    }

    private void FunctionType()
    {
        Print(TryTake('U') ? "unsafe " : "");
        if (TryTake('K'))
        {
            var convention = TryTake('C') ? "C" : Identifier().Replace('_', '-');
            Print($"extern \"{convention}\" ");
        }

        Print("fn(");
        for (var first = true; !TryTake('E'); first = false)
        {
            Print(first ? "" : ", ");
            Type();
        }

        Print(")");
        if (!TryTake('u'))
        {
            Print(" -> ");
            Type();
        }
    }

    private void TraitObject()
    {
        Print("dyn ");
        InBinder(static (ref RustV0Demangler self) =>
        {
            for (var first = true; !self.TryTake('E'); first = false)
            {
                self.Print(first ? "" : " + ");
                self.Trait();
            }
        });
        if (!TryTake('L'))
        {
            throw Damaged();
        }

        if (Base62() is > 0 and var lifetime)
        {
            Print(" + ");
            Lifetime(lifetime);
        }
    }

    /// <summary>A trait and what its associated types are bound to, in one pair of brackets: <c>Iterator&lt;Item = u8&gt;</c>.</summary>
    private void Trait()
    {
        var isOpen = PathWithOpenBrackets();
        while (TryTake('p'))
        {
            Print(isOpen ? ", " : "<");
            isOpen = true;
            Print(Identifier());
            Print(" = ");
            Type();
        }

        Print(isOpen ? ">" : "");
    }

    private bool PathWithOpenBrackets()
    {
        Enter();
        var isOpen = false;
        if (TryTake('B'))
        {
            var back = EnterBackReference();
            if (_silent == 0)
            {
                (_at, var after) = (back, _at);
                isOpen = PathWithOpenBrackets();
                _at = after;
            }
        }
        else if (TryTake('I'))
        {
            Path(inValue: false);
            Print("<");
            GenericArguments();
            isOpen = true;
        }
        else
        {
            Path(inValue: false);
        }

        _depth--;
        return isOpen;
    }

    private delegate void Part(ref RustV0Demangler self);

    /// <summary>Reads what a binder ("for&lt;'a, 'b&gt; ") stands before: the lifetimes it introduces hold there.</summary>
    private void InBinder(Part part)
    {
        var count = TryTake('G') ? Base62() + 1 : 0;
        if (count > 64)
        {
            throw Damaged();
        }

        for (ulong i = 0; i < count; i++)
        {
            Print(i == 0 ? "for<" : ", ");
            _boundLifetimes++;
            Lifetime(1);
        }

        Print(count > 0 ? "> " : "");
        part(ref this);
        _boundLifetimes -= (int)count;
    }

    /// <summary>Lifetimes count from the innermost binder outwards; 0 is none.</summary>
    private void Lifetime(ulong index)
    {
        if (index > (ulong)_boundLifetimes)
        {
            // In what is skipped, binders around back references are not seen.
            Print(_silent > 0 ? "" : throw Damaged());
            return;
        }

        var depth = (ulong)_boundLifetimes - index;
        Print(index == 0 ? "'_" : depth < 26 ? $"'{(char)('a' + depth)}" : string.Create(CultureInfo.InvariantCulture, $"'_{depth}"));
    }
}

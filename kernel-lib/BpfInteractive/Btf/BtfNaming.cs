using System.Globalization;
using System.Text;

namespace BpfInteractive;

/// <summary>Names types as C does, for people: declarators are built from the inside out.</summary>
internal static class BtfNaming
{
    internal static void Append(StringBuilder text, BtfType type, string declarator, int depth)
    {
        if (depth > BtfType.MaxDepth)
        {
            text.Append("...").Append(declarator);
            return;
        }

        switch (type.Kind)
        {
            case BtfKind.Pointer:
                var pointee = type.Target;
                var inner = "*" + declarator;
                Append(text, pointee, pointee.Kind is BtfKind.Array or BtfKind.FunctionPrototype ? $"({inner})" : inner, depth + 1);
                break;
            case BtfKind.Array:
                Append(text, type.Target, string.Create(CultureInfo.InvariantCulture, $"{declarator}[{type.ElementCount}]"), depth + 1);
                break;
            case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict:
                AppendQualified(text, type, declarator, depth);
                break;
            case BtfKind.TypeTag:
                Append(text, type.Target, declarator, depth + 1);
                break;
            case BtfKind.FunctionPrototype:
                Append(text, type.Target, declarator + ParametersOf(type, depth), depth + 1);
                break;
            case BtfKind.Function:
                Append(text, type.Target, type.Name, depth + 1);
                break;
            case BtfKind.Variable:
                Append(text, type.Target, type.Name, depth + 1);
                break;
            default:
                text.Append(Simple(type));
                Join(text, declarator);
                break;
        }
    }

    private static void AppendQualified(StringBuilder text, BtfType type, string declarator, int depth)
    {
        var word = type.Kind switch { BtfKind.Const => "const", BtfKind.Volatile => "volatile", _ => "restrict" };
        if (type.Target.Kind == BtfKind.Pointer)
        {
            Append(text, type.Target, declarator.Length == 0 ? word : $"{word} {declarator}", depth + 1);
        }
        else
        {
            text.Append(word).Append(' ');
            Append(text, type.Target, declarator, depth + 1);
        }
    }

    private static void Join(StringBuilder text, string declarator)
    {
        if (declarator.Length > 0)
        {
            text.Append(declarator[0] == '[' ? "" : " ").Append(declarator);
        }
    }

    private static string Simple(BtfType type)
    {
        var name = type.Name.Length == 0 ? "(anonymous)" : type.Name;
        return type.Kind switch
        {
            BtfKind.Void => "void",
            BtfKind.Struct => "struct " + name,
            BtfKind.Union => "union " + name,
            BtfKind.Enum or BtfKind.Enum64 => "enum " + name,
            BtfKind.Forward => (type.IsForwardUnion ? "union " : "struct ") + name,
            _ => name,
        };
    }

    private static string ParametersOf(BtfType type, int depth)
    {
        var text = new StringBuilder("(");
        foreach (var parameter in type.Parameters)
        {
            if (text.Length > 1)
            {
                text.Append(", ");
            }

            if (parameter.IsVariadic)
            {
                text.Append("...");
            }
            else
            {
                Append(text, parameter.Type, parameter.Name, depth + 1);
            }
        }

        return text.Append(text.Length == 1 ? "void)" : ")").ToString();
    }
}

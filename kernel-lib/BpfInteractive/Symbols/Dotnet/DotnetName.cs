using System.Text;
using System.Text.RegularExpressions;

namespace BpfInteractive;

/// <summary>
/// Methods as C# writes them, from what the runtime tells: the type <c>System.Collections.Generic.List`1[System.__Canon]</c>, the method <c>Add</c> and the signature
/// <c>instance void  (!0)</c> are <c>System.Collections.Generic.List&lt;System.__Canon&gt;.Add(!0)</c>.
/// </summary>
internal static partial class DotnetName
{
    private static readonly Dictionary<string, string> s_keywords = new()
    {
        ["int8"] = "sbyte",
        ["unsigned int8"] = "byte",
        ["int16"] = "short",
        ["unsigned int16"] = "ushort",
        ["int32"] = "int",
        ["unsigned int32"] = "uint",
        ["int64"] = "long",
        ["unsigned int64"] = "ulong",
        ["float32"] = "float",
        ["float64"] = "double",
        ["native int"] = "nint",
        ["unsigned int"] = "nuint",
        ["native unsigned int"] = "nuint",
        ["System.String"] = "string",
        ["System.Object"] = "object",
        ["wchar"] = "char",
        ["String"] = "string",
        ["Object"] = "object",
    };

    internal static string Of(string type, string method, string signature)
    {
        var arguments = signature.IndexOf("  (", StringComparison.Ordinal) is >= 0 and var two ? signature[(two + 2)..]
            : signature.IndexOf('(', StringComparison.Ordinal) is >= 0 and var one ? signature[one..] : "";
        var name = type.Length == 0 ? method : $"{Type(type)}.{method}";
        return OneLine(name + Arguments(arguments).TrimEnd());
    }

    /// <summary>Nested types by a dot, generic arguments in angle brackets; [] of arrays stays.</summary>
    private static string Type(string type)
    {
        var text = new StringBuilder(type.Length);
        var closers = new Stack<char>();
        for (var i = 0; i < type.Length; i++)
        {
            var c = type[i];
            if (c == '`')
            {
                while (i + 1 < type.Length && char.IsAsciiDigit(type[i + 1]))
                {
                    i++;
                }
            }
            else if (c == '[')
            {
                var isArray = i + 1 < type.Length && type[i + 1] is ']' or ',';
                closers.Push(isArray ? ']' : '>');
                text.Append(isArray ? '[' : '<');
            }
            else
            {
                text.Append(c == ']' && closers.TryPop(out var closer) ? closer : c == '+' ? '.' : c);
            }
        }

        return text.ToString();
    }

    private static string Arguments(string arguments) =>
        Word().Replace(Noise().Replace(Arity().Replace(arguments, ""), ""), match => s_keywords.GetValueOrDefault(match.Value, match.Value)).Replace("+", ".", StringComparison.Ordinal);

    /// <summary>Names stand in lines, and in stacks with ; between them.</summary>
    private static string OneLine(string name) => Control().Replace(name, "?");

    [GeneratedRegex(@"\b(class|valuetype|value class)\s+|\[[A-Za-z][^\[\]]*\]")]
    private static partial Regex Noise();

    [GeneratedRegex(@"`[0-9]+")]
    private static partial Regex Arity();

    [GeneratedRegex(@"(native )?unsigned int[0-9]*|native int|[A-Za-z_][A-Za-z0-9_.]*")]
    private static partial Regex Word();

    [GeneratedRegex(@"[\p{Cc};]")]
    private static partial Regex Control();
}

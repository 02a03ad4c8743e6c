namespace BpfInteractive.Cells;

/// <summary>Names of C as names of C#.</summary>
internal static class CSharpNames
{
    private static readonly HashSet<string> s_keywords = new(
        ("abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum event explicit extern false "
        + "finally fixed float for foreach goto if implicit in int interface internal is lock long namespace new null object operator out override params private "
        + "protected public readonly ref return sbyte sealed short sizeof stackalloc static string struct switch this throw true try typeof uint ulong unchecked "
        + "unsafe ushort using virtual void volatile while").Split(' '),
        StringComparer.Ordinal);

    /// <summary>What every C# type has already.</summary>
    private static readonly HashSet<string> s_members = new(["Equals", "GetHashCode", "GetType", "ToString", "MemberwiseClone", "Finalize"], StringComparer.Ordinal);

    internal static bool IsIdentifier(string name) =>
        name.Length > 0 && (char.IsLetter(name[0]) || name[0] == '_') && name.All(static c => char.IsLetterOrDigit(c) || c == '_') && !s_keywords.Contains(name);

    /// <summary>A name as it is written: <c>event</c> is <c>@event</c>.</summary>
    internal static string Escape(string name) => s_keywords.Contains(name) ? "@" + name : name;

    /// <summary>The name of a member: not that of its type, nor of a method that every type has; another underscore makes it its own.</summary>
    internal static string Member(string name, string owner)
    {
        var own = name;
        while (own == owner.TrimStart('@') || s_members.Contains(own))
        {
            own += "_";
        }

        return Escape(own.Replace('.', '_'));
    }

    /// <summary>"opens" is "OpensCell", "per_file" is "PerFileCell".</summary>
    internal static string ClassOf(string variable) =>
        string.Concat(variable.Split('_', StringSplitOptions.RemoveEmptyEntries).Select(static part => char.ToUpperInvariant(part[0]) + part[1..])) + "Cell";
}

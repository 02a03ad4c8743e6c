namespace BpfInteractive;

/// <summary>A line of source that a place of code comes from.</summary>
/// <param name="Function">The function, as in its source; empty where it is not known.</param>
/// <param name="File">The path that the compiler was given, made whole with the folder that it ran in; empty where it is not known.</param>
/// <param name="Line">The line, from 1 on; 0 where it is not known.</param>
public readonly record struct SourceLine(string Function, string File, int Line)
{
    /// <summary>"hash_insert at /src/hash.c:212".</summary>
    public override string ToString() => File.Length == 0 ? Function : $"{(Function.Length == 0 ? "?" : Function)} at {Place}";

    /// <summary>"/src/hash.c:212"; the file alone where the line is not known.</summary>
    internal string Place => Line > 0 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{File}:{Line}") : File;
}

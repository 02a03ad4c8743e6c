namespace BpfInteractive.Scripting;

/// <summary>
/// A compiled script or cell, free of Roslyn's types: what runs it and what caches it loads no compiler.
/// </summary>
/// <param name="Assembly">The assembly's bytes; none when the text has no statement.</param>
/// <param name="Symbols">The portable PDB's bytes; they give stack traces their lines.</param>
/// <param name="EntryType">The class that holds the submission's code.</param>
/// <param name="EntryMethod">Its static factory: takes the submissions' states, gives the running task.</param>
/// <param name="SourceFiles">Full paths of the script and of each file that it loads.</param>
/// <param name="References">Where the assemblies and native libraries are that the script brought in.</param>
/// <param name="Warnings">The compiler's warnings, formatted.</param>
internal sealed record CompiledSubmission(
    byte[] Assembly,
    byte[] Symbols,
    string EntryType,
    string EntryMethod,
    IReadOnlyList<string> SourceFiles,
    ScriptReferences References,
    IReadOnlyList<string> Warnings);

/// <summary>The files that a script's <c>#r</c> lines brought in, and that are not part of this process.</summary>
/// <param name="Assemblies">Full paths of managed assemblies.</param>
/// <param name="NativeLibraries">Full paths of native libraries of packages.</param>
internal sealed record ScriptReferences(IReadOnlyList<string> Assemblies, IReadOnlyList<string> NativeLibraries)
{
    internal static readonly ScriptReferences None = new([], []);
}

namespace BpfInteractive.Scripting;

/// <summary>The session as every front end has it, so that a cell means the same in Jupyter, at the prompt and in a file that is run from start to end.</summary>
public static class NotebookSession
{
    /// <summary>
    /// Starts a session of C#, <c>#!bpf</c> (the cells of <c>BpfInteractive.Cells</c>, whose variables are declared in the C# session and whose objects end with it),
    /// <c>#!sql</c>, <c>#!html</c> and <c>#!markdown</c>, with every magic of <c>#!lsmagic</c>.
    /// </summary>
    /// <param name="args">What code sees as <c>Args</c>.</param>
    /// <param name="baseDirectory">Where relative paths of <c>#r</c>, <c>#load</c> and <c>#!import</c> begin; the working directory when null.</param>
    /// <param name="kind">What <c>bpfi ps</c> calls the session from its first attach on; null keeps it to itself.</param>
    /// <returns>The session; disposing it detaches and unloads all that its cells left. <see cref="CellSession.TakeConsole"/> makes it the one that the console's writers reach.</returns>
    public static CellSession Create(IList<string>? args = null, string? baseDirectory = null, string? kind = null)
    {
        var session = new CellSession(args, baseDirectory);
        session.Add(new BpfLanguage());
        session.Add(new SqlLanguage());
        if (kind is not null)
        {
            session.BeSeenAs(kind);
        }

        return session;
    }
}

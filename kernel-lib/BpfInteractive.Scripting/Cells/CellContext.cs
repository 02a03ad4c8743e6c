namespace BpfInteractive.Scripting;

/// <summary>The cell that runs now. It flows with async calls and to threads that the cell starts, so that what they write reaches the right cell.</summary>
public sealed class CellContext
{
    private static readonly AsyncLocal<CellContext?> s_current = new();
    private static CellContext? s_latest;

    internal CellContext(CellSession session, string name, ICellOutput output, BpfScope scope, RunningCell running)
    {
        Session = session;
        Name = name;
        Output = output;
        Scope = scope;
        Running = running;
    }

    /// <summary>The cell whose code runs here; null outside of cells.</summary>
    public static CellContext? Current => s_current.Value;

    /// <summary>The session that the cell belongs to.</summary>
    public CellSession Session { get; }

    /// <summary>The cell's name in findings and stack traces: "cell 3".</summary>
    public string Name { get; }

    /// <summary>Where what it shows goes.</summary>
    public ICellOutput Output { get; }

    /// <summary>The owner of the BPF objects that it makes, and its interrupt.</summary>
    public BpfScope Scope { get; }

    /// <summary>The cell's interrupt, step by step.</summary>
    internal RunningCell Running { get; }

    /// <summary>The cell that runs here, or the one that ran last: code on a thread whose cell is not known still has somewhere to write.</summary>
    internal static CellContext? CurrentOrLatest => s_current.Value ?? Volatile.Read(ref s_latest);

    /// <summary>The cell that front ends listen to: of this session the one that was started last.</summary>
    internal CellContext Listened => Session.Latest ?? this;

    /// <summary>Compiles and runs C# in the session as part of this cell: how a language of cells declares classes and variables.</summary>
    /// <param name="code">Declarations, statements, or an expression.</param>
    /// <returns>The value of the last expression.</returns>
    /// <exception cref="ScriptCompilationException">The code does not compile.</exception>
    public Task<object?> DeclareAsync(string code) => Session.CSharp.RunAsync(code, this, Scope.CancellationToken);

    /// <summary>Declares a variable that later cells see, as <c>var</c> would.</summary>
    /// <param name="name">The variable's name.</param>
    /// <param name="value">Its value, or what its value is made of.</param>
    /// <param name="declarations">C# declared before it, such as the class of the variable; may be empty.</param>
    /// <param name="expression">The C# expression that the variable gets: <c>Bound&lt;T&gt;()</c> stands for <paramref name="value"/>.</param>
    public async Task BindAsync(string name, object value, string expression, string declarations = "")
    {
        using var bound = Session.Globals.Bind(value);
        await DeclareAsync($"{declarations}\nvar {name} = {expression};").ConfigureAwait(false);
    }

    /// <summary>Makes this the current cell until the result is disposed.</summary>
    internal IDisposable Enter()
    {
        var outer = s_current.Value;
        s_current.Value = this;
        Volatile.Write(ref s_latest, this);
        Session.Latest = this;
        var scope = Scope.Enter();
        return new Entered(outer, scope);
    }

    private sealed class Entered(CellContext? outer, IDisposable scope) : IDisposable
    {
        public void Dispose()
        {
            scope.Dispose();
            s_current.Value = outer;
        }
    }
}

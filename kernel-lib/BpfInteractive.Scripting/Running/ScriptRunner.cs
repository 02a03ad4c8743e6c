namespace BpfInteractive.Scripting;

/// <summary>
/// Runs a script file from start to end, as <c>bpfi run FILE.csx</c> does. What the script prints goes to the console; all that the runner itself has to say goes to
/// <paramref name="errors"/>.
/// </summary>
/// <param name="errors">Where compiler findings, progress and the script's unhandled exception are written; the process's standard error by default.</param>
public sealed class ScriptRunner(TextWriter? errors = null)
{
    /// <summary>How long a script may go on after it was asked to stop.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    private const int Failed = 1;
    private const int MachineLacksSomething = 3;
    private const int Interrupted = 130;

    /// <summary>Deep recursion in a script gets what the main thread of a program has, twice.</summary>
    private const int StackSizeBytes = 16 << 20;

    private readonly TextWriter _errors = errors ?? Console.Error;

    /// <summary>Runs the script and gives the process's exit status.</summary>
    /// <param name="path">The script's file.</param>
    /// <param name="args">What the script sees as <c>Args</c>.</param>
    /// <param name="cancellationToken">Asks the script to stop: its <c>BpfScope</c> carries the token, and one second later the run ends whatever the script does.</param>
    /// <returns>
    /// The script's own <c>return</c> value if that is an int, otherwise 0; 1 when it does not compile or throws; 3 when this machine lacks what it needs; 130 when it was stopped.
    /// </returns>
    public async Task<int> RunAsync(string path, IReadOnlyList<string> args, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(args);
        var fullPath = Path.GetFullPath(path);
        if (!File.Exists(fullPath))
        {
            _errors.WriteLine($"bpfi: cannot run {path}: {(Directory.Exists(fullPath) ? "it is a folder" : "there is no such file")}");
            return Failed;
        }

        try
        {
            var submission = await CompileAsync(fullPath, cancellationToken).ConfigureAwait(false);
            var host = new SubmissionHost(new ScriptGlobals([.. args]));
            using var attachments = new SessionAttachments("script") { Place = fullPath, Tell = message => _errors.WriteLine($"bpfi: {message}") };
            var scope = new BpfScope(Path.GetFileName(fullPath), _errors.WriteLine, cancellationToken) { Attached = resource => attachments.Add(resource, "") };
            using var exit = new CleanUpAtExit(scope);
            return await ExecuteAsync(() => host.RunAsync(host.Load(submission)), scope).ConfigureAwait(false);
        }
        catch (ScriptCompilationException error)
        {
            Print(error.Diagnostics);
            return Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _errors.WriteLine("bpfi: interrupted");
            return Interrupted;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _errors.WriteLine($"bpfi: cannot run {path}: {error.Message}");
            return Failed;
        }
    }

    private async Task<CompiledSubmission> CompileAsync(string fullPath, CancellationToken cancellationToken)
    {
        var submission = ScriptCache.TryRead(fullPath);
        if (submission is null)
        {
            // In a method of its own, so that a script found in the cache loads no compiler.
            submission = await CompileAfreshAsync(fullPath, cancellationToken).ConfigureAwait(false);
            ScriptCache.TryWrite(fullPath, submission);
        }

        foreach (var warning in submission.Warnings)
        {
            _errors.WriteLine(warning);
        }

        return submission;
    }

    private async Task<CompiledSubmission> CompileAfreshAsync(string fullPath, CancellationToken cancellationToken)
    {
        var code = await File.ReadAllTextAsync(fullPath, cancellationToken).ConfigureAwait(false);
        using var compiler = new SubmissionCompiler(Path.GetDirectoryName(fullPath)!, _errors.WriteLine, isInterruptible: false);
        var (submission, _) = await compiler.CompileAsync(code, fullPath, cancellationToken).ConfigureAwait(false);
        return submission;
    }

    private async Task<int> ExecuteAsync(Func<Task<object?>> run, BpfScope scope)
    {
        using var unhandled = new UnhandledExceptions(error => Environment.Exit(Report(error)));
        using var finished = new CancellationTokenSource();
        var script = OnThreadOfItsOwn(run, scope);
        var overdue = GraceIsOver(scope.CancellationToken, finished.Token);
        if (await Task.WhenAny(script, overdue).ConfigureAwait(false) == overdue)
        {
            _errors.WriteLine("bpfi: interrupted; the script did not stop by itself");
            return Interrupted;
        }

        await finished.CancelAsync().ConfigureAwait(false);
        try
        {
            return await script.ConfigureAwait(false) is int status ? status : 0;
        }
        catch (OperationCanceledException) when (scope.CancellationToken.IsCancellationRequested)
        {
            _errors.WriteLine("bpfi: interrupted");
            return Interrupted;
        }
#pragma warning disable CA1031 // Whatever a script throws ends here, as a message and an exit status.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return Report(error);
        }
    }

    /// <summary>Completes a second after the run was asked to stop; never when it was not.</summary>
    private static async Task GraceIsOver(CancellationToken asked, CancellationToken finished)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(asked, finished);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(s_grace, finished).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private int Report(Exception error)
    {
        _errors.WriteLine(ScriptError.Format(error));
        return ScriptError.Unwrap(error) is UnsupportedFeatureException ? MachineLacksSomething : Failed;
    }

    private void Print(IReadOnlyList<ScriptDiagnostic> diagnostics)
    {
        foreach (var diagnostic in diagnostics)
        {
            _errors.WriteLine(diagnostic);
        }
    }

    /// <summary>The script blocks as long as it likes without taking a thread from the pool, and the runner stays free to end it.</summary>
    private static Task<object?> OnThreadOfItsOwn(Func<Task<object?>> run, BpfScope scope)
    {
        var completion = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(
            () =>
            {
                using var entered = scope.Enter();
                try
                {
                    completion.SetResult(run().GetAwaiter().GetResult());
                }
#pragma warning disable CA1031 // Passed on to whoever awaits the script.
                catch (Exception error)
#pragma warning restore CA1031
                {
                    completion.SetException(error);
                }
            },
            StackSizeBytes)
        {
            Name = "script",
            IsBackground = true,
        };
        thread.Start();
        return completion.Task;
    }

    /// <summary>An exception on a thread that the script started ends the run as one of its own would, not with the runtime's abort.</summary>
    private sealed class UnhandledExceptions : IDisposable
    {
        private readonly UnhandledExceptionEventHandler _handler;

        internal UnhandledExceptions(Action<Exception> handle)
        {
            _handler = (_, args) => handle((Exception)args.ExceptionObject);
            AppDomain.CurrentDomain.UnhandledException += _handler;
        }

        public void Dispose() => AppDomain.CurrentDomain.UnhandledException -= _handler;
    }

    /// <summary>
    /// Closes what the script left open, also when it calls Environment.Exit: the kernel would do it at the process's end, but not the pinned and the temporary.
    /// </summary>
    private sealed class CleanUpAtExit : IDisposable
    {
        private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
        private readonly BpfScope _scope;

        internal CleanUpAtExit(BpfScope scope)
        {
            _scope = scope;
            AppDomain.CurrentDomain.ProcessExit += OnExit;
        }

        public void Dispose()
        {
            AppDomain.CurrentDomain.ProcessExit -= OnExit;
            CloseOwned();
        }

        private void OnExit(object? sender, EventArgs args) => CloseOwned();

        private void CloseOwned()
        {
            if (_scope.Owned.Count > 0)
            {
                Task.Run(async () => await _scope.DisposeOwnedAsync().ConfigureAwait(false)).Wait(s_patience);
            }
        }
    }
}

using System.Diagnostics;
using System.Text;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>
/// Runs a tool without any of our capabilities, with a clean environment and without a shell; stopped when it takes too long, says too much, or is
/// cancelled. It may be started before its input is known, and waits for it then.
/// </summary>
/// <remarks>
/// Capabilities, the bounding set and no_new_privs belong to a thread, and a child inherits those of the thread that starts it. So the child is
/// started by a thread that gave them up and ends at once. When root runs a program it would get all back that its bounding set holds: hence the set is emptied.
/// </remarks>
internal sealed class UnprivilegedProcess : IDisposable
{
    private const int LastCapability = 63;
    private const int MaxText = 1 << 20;
    private const ulong MaxFileBytes = 256ul << 20;
    private const ulong MaxMemoryBytes = 8ul << 30;

    /// <summary>CAP_DAC_READ_SEARCH: reading files that others may not.</summary>
    internal const int ReadSearchCapability = 2;

    private readonly Process _process;

    private UnprivilegedProcess(Process process) => _process = process;

    /// <summary>Whether it waits for its input still.</summary>
    internal bool IsAlive => !_process.HasExited;

    internal static UnprivilegedProcess Start(string tool, IReadOnlyList<string> arguments, string folder, int? keptCapability)
    {
        var start = new ProcessStartInfo(tool, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin";
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TMPDIR"] = folder;
        var process = StartWithoutPrivileges(start, keptCapability);
        Confine(process.Id);
        return new UnprivilegedProcess(process);
    }

    /// <summary>Gives the tool its input and waits for its end.</summary>
    /// <returns>Its exit status (128 + signal when killed) and what it wrote to its standard error, or output where there was no error text.</returns>
    /// <exception cref="TimeoutException">It took too long.</exception>
    internal async Task<(int Status, string Text)> FinishAsync(ReadOnlyMemory<byte> input, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var (status, errors, printed) = await FinishWithOutputAsync(input, timeout, cancellationToken).ConfigureAwait(false);
        return (status, errors.Length > 0 ? errors : printed);
    }

    /// <summary>The same, with standard error and output apart.</summary>
    internal async Task<(int Status, string Errors, string Output)> FinishWithOutputAsync(ReadOnlyMemory<byte> input, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            var output = ReadSomeAsync(_process.StandardOutput, limit.Token);
            var error = ReadSomeAsync(_process.StandardError, limit.Token);
            await WriteInputAsync(input, limit.Token).ConfigureAwait(false);
            var text = await error.ConfigureAwait(false);
            var printed = await output.ConfigureAwait(false);
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return (_process.ExitCode, text, printed);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{Path.GetFileName(_process.StartInfo.FileName)} did not end within {timeout.TotalSeconds:0.#} s and was stopped");
        }
        finally
        {
            Kill();
        }
    }

    /// <summary>Stops it if it runs still, and waits until it is gone.</summary>
    public void Dispose()
    {
        Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static Process StartWithoutPrivileges(ProcessStartInfo start, int? keptCapability)
    {
        Process? process = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                GiveUpPrivileges(keptCapability);
                process = Process.Start(start);
            }
            catch (Exception error) when (error is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
                failure = error;
            }
        })
        { IsBackground = true };
        thread.UnsafeStart();
        thread.Join();
        return process ?? throw new BpfException("run", start.FileName, detail: failure?.Message);
    }

    /// <summary>Best effort by design: without CAP_SETPCAP there is no bounding set to drop, and no file of clang's gives capabilities.</summary>
    private static void GiveUpPrivileges(int? keptCapability)
    {
        for (var capability = 0; capability <= LastCapability; capability++)
        {
            if (capability != keptCapability)
            {
                _ = Libc.prctl(Libc.PR_CAPBSET_DROP, (nuint)capability, 0, 0, 0);
            }
        }

        _ = Libc.prctl(Libc.PR_CAP_AMBIENT, Libc.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        _ = Libc.prctl(Libc.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    }

    private static unsafe void Confine(int pid)
    {
        var bytes = stackalloc ulong[2] { MaxFileBytes, MaxFileBytes };
        _ = Libc.prlimit(pid, Libc.RLIMIT_FSIZE, bytes, null);
        (bytes[0], bytes[1]) = (MaxMemoryBytes, MaxMemoryBytes);
        _ = Libc.prlimit(pid, Libc.RLIMIT_AS, bytes, null);
    }

    private async Task WriteInputAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            await _process.StandardInput.BaseStream.WriteAsync(input, cancellationToken).ConfigureAwait(false);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading on; its status and its words say why.
        }
    }

    private async Task<string> ReadSomeAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
        {
            text.Append(buffer, 0, count);
            if (text.Length > MaxText)
            {
                Kill();
                break;
            }
        }

        return text.ToString();
    }

    private void Kill()
    {
        try
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It ended meanwhile.
        }
    }
}

using System.Runtime.InteropServices;

namespace BpfInteractive.Jupyter;

/// <summary>Runs the Jupyter kernel in this process.</summary>
public static class KernelHost
{
    /// <summary>Runs the kernel until a client shuts it down, the Jupyter that started it ends, or a signal ends it. An interrupt (SIGINT) stops the cell that runs.</summary>
    /// <param name="connectionFile">The file that a Jupyter client wrote.</param>
    /// <exception cref="InvalidDataException">The file is unsafe, or says what this kernel does not do.</exception>
    /// <exception cref="IOException">A port is taken.</exception>
    public static void Run(string connectionFile)
    {
        ArgumentNullException.ThrowIfNull(connectionFile);
        ChildRights.Withhold();
        ToolCommand.ForgetKernelEnvironment();
        var errors = Console.Error;
        var kernel = new Kernel(ConnectionFile.Read(connectionFile), message => errors.WriteLine($"bpfi: {message}"));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Handle(signal, kernel.Interrupt));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Handle(signal, kernel.End));
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => Handle(signal, kernel.End));
        using var parent = ParentWatch.FromEnvironment(kernel.End);
        kernel.Start();
        kernel.Ended.GetAwaiter().GetResult();
        kernel.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static void Handle(PosixSignalContext signal, Action action)
    {
        signal.Cancel = true;
        action();
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>A kernel in a process of its own, as Jupyter starts it.</summary>
internal sealed class KernelProcess : IDisposable
{
    private static readonly string[] s_names = ["shell", "iopub", "stdin", "control", "hb"];

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, EndPoint> _ends = [];
    private readonly TestProcess _process;

    internal KernelProcess(string transport = "tcp", Action<JsonObject>? change = null, Action<ProcessStartInfo>? environment = null)
    {
        File.SetUnixFileMode(_folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        ConnectionFile = WriteConnectionFile(transport, change);
        var info = new ProcessStartInfo(Tool, ["jupyter", "kernel", ConnectionFile]) { WorkingDirectory = _folder.FullName };
        info.Environment["XDG_DATA_HOME"] = _folder["data"];
        info.Environment["TMPDIR"] = _folder.FullName; // a kernel that is killed cannot remove its temporary files
        environment?.Invoke(info);
        _process = TestProcess.Start(info);
    }

    internal static string Tool => Path.Combine(AppContext.BaseDirectory, "bpfi");

    internal string ConnectionFile { get; }

    internal string Folder => _folder.FullName;

    internal string Key { get; } = Guid.NewGuid().ToString("N");

    internal TestProcess Process => _process;

    public void Dispose()
    {
        _process.Dispose();
        _folder.Dispose();
    }

    internal EndPoint EndOf(string channel) => _ends[channel];

    /// <summary>Waits until the kernel listens, and connects to it.</summary>
    internal async Task<JupyterClient> ConnectAsync()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var probe = ZmtpClient.Open(EndOf("shell"));
                return new JupyterClient(this);
            }
            catch (SocketException) when (watch.Elapsed < TimeSpan.FromMinutes(1) && !_process.HasExited)
            {
                await Task.Delay(20);
            }
        }
    }

    private string WriteConnectionFile(string transport, Action<JsonObject>? change)
    {
        var ip = transport == "ipc" ? _folder["kernel-ipc"] : "127.0.0.1";
        var file = new JsonObject { ["transport"] = transport, ["ip"] = ip, ["key"] = Key, ["signature_scheme"] = "hmac-sha256" };
        var ports = transport == "ipc" ? [1, 2, 3, 4, 5] : FreePorts(s_names.Length);
        for (var i = 0; i < s_names.Length; i++)
        {
            file[s_names[i] + "_port"] = ports[i];
            _ends[s_names[i]] = transport == "ipc" ? new UnixDomainSocketEndPoint($"{ip}-{ports[i]}") : new IPEndPoint(IPAddress.Loopback, ports[i]);
        }

        change?.Invoke(file);
        var path = _folder.Write("connection.json", file.ToJsonString());
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }
}

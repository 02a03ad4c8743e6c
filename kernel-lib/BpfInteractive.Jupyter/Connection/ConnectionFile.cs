using System.Net;
using System.Text.Json;

namespace BpfInteractive.Jupyter;

/// <summary>What a Jupyter client wrote down for its kernel: where to listen, and the key that signs messages.</summary>
internal sealed record ConnectionFile(string Key, Endpoint Shell, Endpoint Iopub, Endpoint Stdin, Endpoint Control, Endpoint Heartbeat)
{
    private const int MostBytes = 64 << 10;

    /// <summary>Reads and checks a connection file.</summary>
    /// <exception cref="InvalidDataException">It is unsafe or not what the protocol says; the message tells what and the remedy.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static ConnectionFile Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(PrivateFile.Read(path, MostBytes));
            return Parse(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is no connection file of Jupyter: {error.Message}", error);
        }
    }

    /// <exception cref="InvalidDataException">A member is missing, or says what this kernel does not do.</exception>
    internal static ConnectionFile Parse(JsonElement file)
    {
        if (file.Text("signature_scheme", "hmac-sha256") is not "hmac-sha256" and var scheme)
        {
            throw new InvalidDataException($"the connection file asks for the signature scheme {scheme}; this kernel has hmac-sha256");
        }

        if (file.Text("key") is not { Length: > 0 } key)
        {
            throw new InvalidDataException("the connection file has no key; without one anybody who reaches a port could run code");
        }

        var transport = file.Text("transport", "tcp");
        var place = file.Text("ip", "127.0.0.1");
        Func<int, Endpoint> endpoint = transport switch
        {
            "tcp" => Tcp(place),
            "ipc" => Ipc(place),
            _ => throw new InvalidDataException($"the connection file asks for the transport {transport}; this kernel has tcp and ipc"),
        };
        return new ConnectionFile(
            key, At("shell_port"), At("iopub_port"), At("stdin_port"), At("control_port"), At("hb_port"));

        Endpoint At(string name) => endpoint(file.Number(name) is > 0 and <= 65535 and var port
            ? port
            : throw new InvalidDataException($"the connection file has no {name}"));
    }

    private static Func<int, Endpoint> Tcp(string ip)
    {
        var address = ip == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(ip, out var parsed) ? parsed : null;
        return address is not null && IPAddress.IsLoopback(address)
            ? port => Endpoint.Tcp(address, port)
            : throw new InvalidDataException($"the connection file asks to listen at {ip}; this kernel listens on the loopback device alone, for its traffic is not encrypted");
    }

    /// <summary>In Jupyter's ipc the address is a path, and a port a number behind it.</summary>
    private static Func<int, Endpoint> Ipc(string prefix)
    {
        var path = Path.GetFullPath(prefix);
        PrivateFile.CheckFolder(Path.GetDirectoryName(path)!);
        return port => Endpoint.Ipc(path, port);
    }
}

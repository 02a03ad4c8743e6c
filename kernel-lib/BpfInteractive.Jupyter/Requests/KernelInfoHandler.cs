using System.Reflection;
using System.Text.Json;

namespace BpfInteractive.Jupyter;

/// <summary>Says what the kernel is. It touches nothing of the session: the first answer that a client waits for.</summary>
internal sealed class KernelInfoHandler : IRequestHandler
{
    private static readonly string s_version =
        typeof(KernelInfoHandler).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public string Type => "kernel_info_request";

    public void Handle(Request request) => request.ReplyOk(json =>
    {
        json.WriteString("protocol_version", MessageFormat.ProtocolVersion);
        json.WriteString("implementation", "BpfInteractive");
        json.WriteString("implementation_version", s_version);
        WriteLanguage(json);
        json.WriteString("banner", $"BpfInteractive {s_version}: C# and BPF on .NET {Environment.Version}. #!lsmagic lists what a cell can begin with.");
        json.WriteBoolean("debugger", false);
        json.WriteStartArray("supported_features");
        json.WriteEndArray();
        WriteLinks(json);
    });

    /// <summary>As .NET Interactive's kernel names its C#, so that notebooks go from one to the other.</summary>
    private static void WriteLanguage(Utf8JsonWriter json)
    {
        json.WriteStartObject("language_info");
        json.WriteString("name", "C#");
        json.WriteString("version", "14.0");
        json.WriteString("mimetype", "text/x-csharp");
        json.WriteString("file_extension", ".cs");
        json.WriteString("pygments_lexer", "csharp");
        json.WriteString("codemirror_mode", "text/x-csharp");
        json.WriteEndObject();
    }

    private static void WriteLinks(Utf8JsonWriter json)
    {
        json.WriteStartArray("help_links");
        foreach (var (text, url) in new[]
        {
            ("BPF in the kernel's documentation", "https://docs.kernel.org/bpf/"),
            ("C#", "https://learn.microsoft.com/dotnet/csharp/"),
        })
        {
            json.WriteStartObject();
            json.WriteString("text", text);
            json.WriteString("url", url);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

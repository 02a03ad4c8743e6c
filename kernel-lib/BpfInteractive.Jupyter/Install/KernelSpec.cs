using System.Text;
using System.Text.Json;
using BpfInteractive.Charts;

namespace BpfInteractive.Jupyter;

/// <summary>The kernel's entry in Jupyter's list: a folder with what starts it, its picture, and the script that draws its charts.</summary>
/// <remarks>Jupyter's server hands out the files of that folder: so plotly.js reaches the page without a network, and is stored in no notebook.</remarks>
public static class KernelSpec
{
    /// <summary>The kernel's name in <c>jupyter --kernel</c> and in notebooks.</summary>
    public const string Name = "bpfi";

    /// <summary>The name that people see.</summary>
    public const string DisplayName = "BpfInteractive (C#)";

    private const UnixFileMode ForAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode FolderForAll = ForAll | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private const string Logo = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
          <rect width="64" height="64" rx="12" fill="#1f2a44"/>
          <g fill="#f2b632"><rect x="12" y="40" width="8" height="12"/><rect x="24" y="28" width="8" height="24"/><rect x="36" y="34" width="8" height="18"/><rect x="48" y="14" width="8" height="38"/></g>
          <path d="M12 22h14M12 14h22" stroke="#7fb2ff" stroke-width="4" stroke-linecap="round"/>
        </svg>
        """;

    /// <summary>The folder in which Jupyter looks for the kernels of this user.</summary>
    public static string UserFolder()
    {
        var data = Environment.GetEnvironmentVariable("JUPYTER_DATA_DIR");
        if (string.IsNullOrEmpty(data))
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            var share = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } set ? set : Path.Combine(home, ".local", "share");
            data = Path.Combine(share, "jupyter");
        }

        return Path.Combine(data, "kernels");
    }

    /// <summary>The folder in which Jupyter looks for the kernels of a prefix, such as /usr/local.</summary>
    public static string FolderOf(string prefix) => Path.Combine(Path.GetFullPath(prefix), "share", "jupyter", "kernels");

    /// <summary>Writes the entry, in place of an earlier one.</summary>
    /// <param name="kernels">The folder of all kernels.</param>
    /// <param name="command">What starts the kernel; Jupyter puts its connection file for <c>{connection_file}</c>.</param>
    /// <param name="environment">What the kernel needs in its environment beside what Jupyter has.</param>
    /// <returns>The folder that was written.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    public static string Install(string kernels, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(environment);
        var folder = Path.Combine(kernels, Name);
        Directory.CreateDirectory(folder, FolderForAll);
        Write(folder, "logo-svg.svg", Encoding.UTF8.GetBytes(Logo));
        Write(folder, "plotly.js", Encoding.UTF8.GetBytes(PlotlyScript.Text));
        Write(folder, "kernel.json", Json(command, environment));
        return folder;
    }

    /// <summary>Writes the entry for a tool that Jupyter starts itself.</summary>
    /// <inheritdoc cref="Install(string, IReadOnlyList{string}, IReadOnlyDictionary{string, string})"/>
    public static string Install(string kernels, ToolCommand tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        return Install(kernels, [.. tool.Words, "jupyter", "kernel", "{connection_file}"], tool.KernelEnvironment);
    }

    /// <summary>Takes the entry out of the list.</summary>
    /// <returns>The folder that was removed; null when there was none.</returns>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    public static string? Uninstall(string kernels)
    {
        var folder = Path.Combine(kernels, Name);
        if (!Directory.Exists(folder))
        {
            return null;
        }

        Directory.Delete(folder, recursive: true);
        return folder;
    }

    private static byte[] Json(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("argv");
            foreach (var word in command)
            {
                json.WriteStringValue(word);
            }

            json.WriteEndArray();
            json.WriteString("display_name", DisplayName);
            json.WriteString("language", "csharp");
            json.WriteString("interrupt_mode", "message");
            json.WriteStartObject("env");
            foreach (var (name, value) in environment)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return [.. bytes.ToArray(), (byte)'\n'];
    }

    /// <summary>Whole or not at all: a Jupyter that looks meanwhile sees the old file.</summary>
    private static void Write(string folder, string name, byte[] content)
    {
        var path = Path.Combine(folder, name);
        var temporary = $"{path}.{Environment.ProcessId}";
        File.WriteAllBytes(temporary, content);
        File.SetUnixFileMode(temporary, ForAll);
        File.Move(temporary, path, overwrite: true);
    }
}

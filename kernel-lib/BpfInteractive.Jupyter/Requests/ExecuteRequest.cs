using System.Text.Json;

namespace BpfInteractive.Jupyter;

/// <summary>What an execute_request asks for.</summary>
/// <param name="Code">The cell's text.</param>
/// <param name="IsSilent">Nothing of it is shown to anybody, and it has no number.</param>
/// <param name="StoresHistory">It counts, and the history keeps it.</param>
/// <param name="AllowStdin">Somebody is there to be asked for input.</param>
/// <param name="StopsOnError">Cells that wait behind it do not run when it fails.</param>
/// <param name="UserExpressions">What is evaluated after it, by name.</param>
internal sealed record ExecuteRequest(
    string Code, bool IsSilent, bool StoresHistory, bool AllowStdin, bool StopsOnError, IReadOnlyList<(string Name, string Code)> UserExpressions)
{
    internal static ExecuteRequest Parse(JsonElement content)
    {
        var isSilent = content.Flag("silent");
        return new ExecuteRequest(
            content.Text("code"),
            isSilent,
            !isSilent && content.Flag("store_history", otherwise: true),
            content.Flag("allow_stdin"),
            content.Flag("stop_on_error", otherwise: true),
            content.TryGetProperty("user_expressions", out var expressions) && expressions.ValueKind == JsonValueKind.Object
                ? [.. expressions.EnumerateObject().Where(entry => entry.Value.ValueKind == JsonValueKind.String).Select(entry => (entry.Name, entry.Value.GetString()!))]
                : []);
    }
}

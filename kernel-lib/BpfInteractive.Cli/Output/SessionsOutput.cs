using System.Globalization;
using System.Text.Json;
using BpfInteractive.Scripting;

namespace BpfInteractive.Cli.Output;

/// <summary>
/// What sessions have attached, for people and for programs. JSON is schema 1: { schema, sessions: [ { pid, uid, kind, place, answers, objects: [ { name, cell, kept,
/// programs: [ { program, attached_to, since, runs } ] } ] } ] }; runs are null unless statistics were on.
/// </summary>
internal static class SessionsOutput
{
    private static readonly string[] s_heads = ["session", "place", "object", "cell", "program", "attached to", "since", "runs"];

    internal static void WriteTable(IReadOnlyList<RunningSession> sessions)
    {
        var table = new ColumnsBuilder("sessions");
        var pid = table.Add<int>("pid");
        var texts = s_heads.Select(table.AddText).ToList();
        foreach (var session in sessions)
        {
            foreach (var row in RowsOf(session))
            {
                pid.Append(session.Pid);
                foreach (var (text, value) in texts.Zip(row))
                {
                    text.Append(value);
                }
            }
        }

        if (table.RowCount > 0)
        {
            Console.Out.Write(table.ToColumns().ToTable());
        }
        else
        {
            Console.Error.WriteLine(Environment.IsPrivilegedProcess ? "bpfi: no session has anything attached" : "bpfi: no session of yours has anything attached");
        }
    }

    internal static void WriteJson(IReadOnlyList<RunningSession> sessions)
    {
        using var output = Console.OpenStandardOutput();
        JsonReport.Write(output, "sessions", sessions, Write);
    }

    private static IEnumerable<string[]> RowsOf(RunningSession session) => session.Answers
        ? session.Objects.SelectMany(held => held.Programs.Select(program => new[]
        {
            session.Kind, session.Place, held.Name + (held.IsKept ? " (kept)" : ""), held.Cell, program.Name, program.Target,
            program.Since.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), program.Runs?.ToString("N0", CultureInfo.InvariantCulture) ?? "",
        }))
        : [["does not answer", "", "", "", "", "", "", ""]];

    private static void Write(Utf8JsonWriter json, RunningSession session)
    {
        json.WriteStartObject();
        json.WriteNumber("pid", session.Pid);
        json.WriteNumber("uid", session.UserId);
        json.WriteString("kind", session.Kind);
        json.WriteString("place", session.Place);
        json.WriteBoolean("answers", session.Answers);
        json.WriteStartArray("objects");
        foreach (var held in session.Objects)
        {
            json.WriteStartObject();
            json.WriteString("name", held.Name);
            json.WriteString("cell", held.Cell);
            json.WriteBoolean("kept", held.IsKept);
            json.WriteStartArray("programs");
            foreach (var program in held.Programs)
            {
                Write(json, program);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, AttachedProgram program)
    {
        json.WriteStartObject();
        json.WriteString("program", program.Name);
        json.WriteString("attached_to", program.Target);
        json.WriteString("since", program.Since);
        if (program.Runs is { } runs)
        {
            json.WriteNumber("runs", runs);
        }
        else
        {
            json.WriteNull("runs");
        }

        json.WriteEndObject();
    }
}

using System.Text.Json.Serialization;

namespace BpfInteractive.Scripting;

/// <summary>A session of another process, and what it has attached.</summary>
/// <param name="Pid">The process.</param>
/// <param name="UserId">Whose it is.</param>
/// <param name="Kind">"kernel", "repl", "run" or "script".</param>
/// <param name="Place">Its working directory, which is the notebook's folder; the file of a script.</param>
/// <param name="Objects">What it has attached, oldest first; empty when it does not answer.</param>
/// <param name="Answers">False when the process is stopped, or too busy to say what it has.</param>
public sealed record RunningSession(int Pid, uint UserId, string Kind, string Place, IReadOnlyList<AttachedObject> Objects, bool Answers = true);

/// <summary>One object with programs attached: the variable of a BPF cell, an object that C# loaded, a profiler.</summary>
/// <param name="Name">The variable that holds it; else its own name.</param>
/// <param name="Cell">The cell that loaded it; empty in a script.</param>
/// <param name="IsKept">Whether it stays when its cell runs again.</param>
/// <param name="Programs">Each program in its place.</param>
public sealed record AttachedObject(string Name, string Cell, bool IsKept, IReadOnlyList<AttachedProgram> Programs);

/// <summary>A program in its place.</summary>
/// <param name="Name">The program.</param>
/// <param name="Target">What it is attached to: "tracepoint syscalls/sys_enter_openat".</param>
/// <param name="Since">When it was attached.</param>
/// <param name="Runs">How often it ran while <see cref="BpfStatistics"/> were on; null when they never were.</param>
public sealed record AttachedProgram(string Name, string Target, DateTimeOffset Since, long? Runs);

/// <summary>What is asked of a session, in one line of JSON.</summary>
/// <param name="Version">1.</param>
/// <param name="Stop">Null to hear what is attached; else whether to stop something.</param>
/// <param name="Names">What is stopped; null for all.</param>
internal sealed record SessionRequest(int Version, bool Stop, IReadOnlyList<string>? Names);

/// <summary>What it answers, in one line of JSON.</summary>
/// <param name="Version">1.</param>
/// <param name="Kind">As in <see cref="RunningSession"/>.</param>
/// <param name="Place">As in <see cref="RunningSession"/>.</param>
/// <param name="Objects">What is attached; of a request to stop, what was stopped.</param>
/// <param name="Error">Why it did not do what was asked.</param>
internal sealed record SessionAnswer(int Version, string Kind, string Place, IReadOnlyList<AttachedObject> Objects, string? Error = null);

[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(SessionAnswer))]
internal sealed partial class SessionJson : JsonSerializerContext;

using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using System.Text.RegularExpressions;

namespace BpfInteractive.Scripting;

/// <summary>An exception as the script's author wants to read it: its message at the script's line, then the script's own frames, none of ours or the compiler's.</summary>
internal static partial class ScriptError
{
    /// <summary>
    /// For example <c>tour.csx(12): error: cannot attach program 'x' (EPERM: Operation not permitted)</c>, then one line a frame:
    /// <c>    at Count(Int32), tour.csx(12)</c>.
    /// </summary>
    internal static string Format(Exception exception)
    {
        exception = Unwrap(exception);
        var frames = UserFrames(exception);
        var text = new StringBuilder();
        text.Append(frames.Count > 0 ? $"{frames[0].Place}: " : "").Append(Headline(exception));
        for (var cause = exception.InnerException; cause is not null; cause = cause.InnerException)
        {
            text.Append("\n  caused by ").Append(Headline(cause));
        }

        foreach (var (method, place) in frames)
        {
            text.Append("\n    at ").Append(method).Append(", ").Append(place);
        }

        return text.ToString();
    }

    /// <summary>The exception that matters: what a reflection call or a task that failed alone wraps.</summary>
    internal static Exception Unwrap(Exception exception) => exception switch
    {
        TargetInvocationException { InnerException: { } inner } => Unwrap(inner),
        AggregateException { InnerExceptions: [var only] } => Unwrap(only),
        _ => exception,
    };

    /// <summary>Our own exceptions say all in their message; of others the type's name is half of what they say.</summary>
    private static string Headline(Exception exception) =>
        exception is BpfException ? $"error: {exception.Message}" : $"{exception.GetType().Name}: {exception.Message}";

    private static List<(string Method, string Place)> UserFrames(Exception exception) =>
        [
            .. new StackTrace(exception, fNeedFileInfo: true).GetFrames()
                .Where(frame => frame.GetMethod() is { } method && IsFromSubmission(method) && frame.GetFileLineNumber() > 0)
                .Select(frame => (
                    MethodName(frame.GetMethod()!),
                    string.Create(CultureInfo.InvariantCulture, $"{PlaceOf(frame)}({frame.GetFileLineNumber()})")))
        ];

    private static string PlaceOf(StackFrame frame) => LoadedSubmission.RenamedTo(frame.GetMethod()!.Module.Assembly) ?? DisplayPath.Of(frame.GetFileName() ?? "");

    private static bool IsFromSubmission(MethodBase method) =>
        AssemblyLoadContext.GetLoadContext(method.Module.Assembly) is ScriptLoadContext && method.Module.Assembly.GetName().Name!.StartsWith('\u211B');

    /// <summary>Turns the compiler's names back into the script's: a state machine's MoveNext into its method, the submission's initializer into "top level".</summary>
    private static string MethodName(MethodBase method)
    {
        var type = method.DeclaringType;
        var parameters = string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name.Split('`')[0]));
        if (method.Name == "MoveNext" && type is not null && BracketedName().Match(type.Name) is { Success: true } stateMachine)
        {
            return Readable(stateMachine.Groups[1].Value, type.DeclaringType, "");
        }

        if (BracketedName().Match(method.Name) is { Success: true } generated)
        {
            var inner = Enclosing(generated.Groups[1].Value);
            return generated.Groups[2].Value == "g" ? $"{LocalFunctionName().Match(method.Name).Groups[1].Value}({parameters})" : $"lambda in {inner}";
        }

        return Readable(method.Name, type, $"({parameters})");
    }

    private static string Readable(string name, Type? type, string parameters)
    {
        if (name is "<Initialize>" or "<Main>" or "<Factory>" or ".ctor" && IsSubmission(type))
        {
            return "top level";
        }

        if (BracketedName().Match(name) is { Success: true } generated)
        {
            return generated.Groups[2].Value == "g" ? LocalFunctionName().Match(name).Groups[1].Value : $"lambda in {Enclosing(generated.Groups[1].Value)}";
        }

        return type is null || IsSubmission(type) || type.Name.StartsWith('<') ? name + parameters : $"{type.Name}.{name}{parameters}";
    }

    /// <summary>The method that a lambda stands in. The compiler puts brackets around the submission's own, or not.</summary>
    private static string Enclosing(string name) => name.Trim('<', '>') is "Initialize" or "Main" or "Factory" ? "top level" : Readable(name, null, "");

    private static bool IsSubmission(Type? type) => type?.Name.StartsWith("Submission#", StringComparison.Ordinal) == true;

    [GeneratedRegex(@"^<(.*)>([a-z])__")]
    private static partial Regex BracketedName();

    [GeneratedRegex(@"g__([^|]+)\|")]
    private static partial Regex LocalFunctionName();
}

using System.CommandLine;
using System.CommandLine.Parsing;

namespace BpfInteractive.Cli;

/// <summary>What is wrong with a command line, in the words of its user: a mistyped option or command, a value of the wrong kind.</summary>
internal static class UsageErrors
{
    /// <summary>One line each; empty when the command line can be run.</summary>
    internal static IReadOnlyList<string> Of(ParseResult parsed)
    {
        // A mistyped name moves all that follows it, so what follows is not told.
        var mistyped = Mistyped(parsed).ToList();
        return mistyped.Count > 0 ? mistyped : [.. parsed.Errors.Select(Told)];
    }

    private static IEnumerable<string> Mistyped(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var none = command is RootCommand ? "there is no" : $"{command.Name} has no";
        foreach (var word in Misplaced(parsed))
        {
            if (word.StartsWith('-'))
            {
                yield return $"{none} option {word}{Hint(word, OptionNames(parsed.CommandResult))}";
            }
            else if (command.Subcommands.Count > 0)
            {
                yield return $"{none} command '{word}'{Hint(word, command.Subcommands.Select(each => each.Name))}";
            }
        }
    }

    // An unknown option is taken for an argument as long as one is wanted; the arguments of a script or of a command may look like options.
    private static IEnumerable<string> Misplaced(ParseResult parsed)
    {
        var behindDashes = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).ToHashSet();
        var first = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(result => result.Tokens).Take(1);
        var named = parsed.CommandResult.Children.OfType<ArgumentResult>().Where(result => result.Argument.Name == "FILE").SelectMany(result => result.Tokens);
        return first.Union(named)
            .Where(token => token.Value.Length > 1 && token.Value[0] == '-' && !behindDashes.Contains(token))
            .Select(token => token.Value)
            .Concat(parsed.UnmatchedTokens)
            .Distinct();
    }

    private static IEnumerable<string> OptionNames(CommandResult? result)
    {
        for (; result is not null; result = result.Parent as CommandResult)
        {
            foreach (var name in result.Command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)).Where(name => name.StartsWith("--", StringComparison.Ordinal)))
            {
                yield return name;
            }
        }
    }

    private static string Hint(string word, IEnumerable<string> names)
    {
        var known = names.ToList();
        var begun = known.Where(name => name.StartsWith(word, StringComparison.Ordinal)).ToList();
        return (begun is [var only] ? only : NearestName.Of(word, known)) is { } meant ? $"; did you mean {meant}?" : "";
    }

    private static string Told(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Option: var option, Tokens: [var token] } when Kind(option.ValueType) is { } kind => $"{option.Name} wants {kind}, not '{token.Value}'",
        ArgumentResult { Argument: var argument, Tokens: [var token] } when Kind(argument.ValueType) is { } kind => $"{argument.Name} is {kind}, not '{token.Value}'",
        ArgumentResult { Argument: var argument, Tokens: [] } => Wanted(argument),
        CommandResult { Command: { Subcommands: { Count: > 0 } commands } } => $"name a command: {string.Join(", ", commands.Select(command => command.Name))}",
        CommandResult { Command: var command } when command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0) is { } argument => Wanted(argument),
        _ => error.Message,
    };

    private static string Wanted(Argument argument) => $"{argument.Name} is missing: {argument.Description}";

    private static string? Kind(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.Int32 or TypeCode.Int64 or TypeCode.UInt64 => "a whole number",
        TypeCode.Double => "a number",
        _ => null,
    };
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using BpfInteractive.Charts;
using Microsoft.CodeAnalysis.CSharp.Scripting.Hosting;
using Microsoft.Data.Analysis;
using Plotly.NET;

namespace BpfInteractive.Scripting;

/// <summary>Turns values into what a front end shows. A cell may add forms for types of its own. Thread-safe.</summary>
public static class Formatters
{
    private const string FigureType = "application/vnd.plotly.v1+json";

    private static readonly ConcurrentDictionary<Type, Func<object, MimeBundle>> s_registered = new();

    /// <summary>Shows values of a type, and of those derived from it, in a way of the caller's; the last registration of a type counts.</summary>
    /// <typeparam name="T">The type: a class, a struct or an interface.</typeparam>
    /// <param name="format">Gives the forms of a value.</param>
    public static void Register<T>(Func<T, MimeBundle> format)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(format);
        s_registered[typeof(T)] = value => format((T)value);
    }

    /// <summary>The forms of a value. Never throws for the value's sake: a value that cannot be shown is shown as what went wrong.</summary>
    public static MimeBundle Format(object? value)
    {
        try
        {
            return value is null ? MimeBundle.Plain("null") : Registered(value) ?? BuiltIn(value);
        }
#pragma warning disable CA1031 // A property or ToString of the user's may throw anything; the cell that shows the value has not failed.
        catch (Exception error) when (error is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return MimeBundle.Plain($"<{value?.GetType().Name} cannot be shown: {error.GetType().Name}: {error.Message}>");
        }
    }

    private static MimeBundle? Registered(object value)
    {
        for (var type = value.GetType(); type is not null; type = type.BaseType)
        {
            if (s_registered.TryGetValue(type, out var format))
            {
                return format(value);
            }
        }

        var contract = s_registered.Keys.FirstOrDefault(type => type.IsInterface && type.IsInstanceOfType(value));
        return contract is null ? null : s_registered[contract](value);
    }

    private static MimeBundle BuiltIn(object value) => value switch
    {
        MimeBundle bundle => bundle,
        string text => MimeBundle.Plain(text),
        Html html => MimeBundle.Html(html.Markup, html.Plain),
        Exception error => MimeBundle.Plain(ScriptError.Format(error)),
        Columns columns => Table(CaptureTable.Of(columns)),
        IFormattable number when value.GetType().IsPrimitive => MimeBundle.Plain(number.ToString(null, CultureInfo.InvariantCulture)),
        Array { Rank: 1 } or System.Collections.IList when value is not System.Collections.IDictionary && IsSimple(value) => MimeBundle.Plain(List((System.Collections.IEnumerable)value)),
        _ => ByLibrary(value),
    };

    /// <summary>Apart, so that a cell that shows a number loads neither frames nor charts.</summary>
    private static MimeBundle ByLibrary(object value) => value.GetType().Namespace switch
    {
        "Microsoft.Data.Analysis" when FrameOrNull(value) is { } frame => frame,
        "Plotly.NET" when ChartOrNull(value) is { } chart => chart,
        _ => MimeBundle.Plain(HasOwnText(value.GetType()) ? value.ToString() ?? "" : ByCompiler(value)),
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static MimeBundle? FrameOrNull(object value) => value is DataFrame frame ? Table(FrameTable.Of(frame)) : null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static MimeBundle? ChartOrNull(object value) => value is GenericChart chart ? Chart(chart) : null;

    /// <summary>For front ends that draw Plotly figures themselves, and as HTML for those that do not. The page has plotly.js after the first.</summary>
    private static MimeBundle Chart(GenericChart chart)
    {
        var (figure, html, text) = ChartMarkup.Of(chart, CellContext.Current?.Output.NeedsPlotly() ?? true);
        return new MimeBundle(new Dictionary<string, string> { [MimeBundle.PlainType] = text, [MimeBundle.HtmlType] = html, [FigureType] = figure });
    }

    private static MimeBundle Table((string Html, string Text) table) => MimeBundle.Html(table.Html, table.Text);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string ByCompiler(object value) => CSharpObjectFormatter.Instance.FormatObject(value);

    private static bool HasOwnText(Type type) => type.GetMethod("ToString", [])?.DeclaringType is { } owner
        && owner != typeof(object) && owner != typeof(ValueType);

    private static bool IsSimple(object list) =>
        list.GetType().GetInterfaces().Any(contract => contract.IsGenericType
            && contract.GetGenericTypeDefinition() == typeof(IEnumerable<>)
            && (contract.GenericTypeArguments[0].IsPrimitive || contract.GenericTypeArguments[0] == typeof(string)));

    private static string List(System.Collections.IEnumerable values)
    {
        const int Shown = 100;
        var text = new StringBuilder("[");
        var count = 0;
        foreach (var value in values)
        {
            if (count++ < Shown)
            {
                text.Append(count > 1 ? ", " : "").Append(value is string s ? $"\"{s}\"" : Convert.ToString(value, CultureInfo.InvariantCulture));
            }
        }

        return text.Append(count > Shown ? string.Create(CultureInfo.InvariantCulture, $", … {count:N0} in all]") : "]").ToString();
    }
}

/// <summary>HTML that a cell shows as it is.</summary>
/// <param name="Markup">The fragment.</param>
/// <param name="Plain">What stands for it where there is no HTML.</param>
public sealed record Html(string Markup, string Plain = "");

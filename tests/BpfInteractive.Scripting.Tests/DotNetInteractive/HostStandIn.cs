#pragma warning disable // The shapes and names are the host's, not ours.
// Stand-ins for the types of Microsoft.DotNet.Interactive (1.0 beta) that extension.dib uses; the real ones are on no registry that this project builds from. Only the members that the
// extension uses are here, with the signatures of the host's last release, so that a use of another one does not compile:
//   Kernel (name constructor, Name, KernelInfo, KernelSpecifierDirective, RegisterForDisposal(Action), SendAsync, Root), CompositeKernel.Add, KernelExtensions.FindKernelByName,
//   IKernelCommandHandler<T>, KernelInvocationContext (Current, Command, CancellationToken, Publish, Fail), KernelInvocationContextExtensions.DisplayAs, KernelCommandResult.Events,
//   SubmitCode (Code, Parameters), RequestCompletions, RequestHoverText, RequestDiagnostics, CompletionItem, CompletionsProduced, HoverTextProduced, DiagnosticsProduced,
//   DisplayedValueProduced, DisplayedValueUpdated, DisplayedValue.Update, Kernel.display, CommandFailed, Diagnostic, LinePosition, LinePositionSpan, KernelSpecifierDirective.Parameters, KernelDirectiveParameter.Flag, FormattedValue, Formatter.Register (by type argument and by type).
#nullable disable
using System.Collections.Concurrent;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Directives;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace Microsoft.DotNet.Interactive
{
    public interface IKernelCommandHandler<in TCommand>
        where TCommand : KernelCommand
    {
        Task HandleAsync(TCommand command, KernelInvocationContext context);
    }

    public class KernelInfo
    {
        public string LanguageName { get; set; }

        public string DisplayName { get; set; }
    }

    public abstract class Kernel : IDisposable
    {
        private readonly List<Action> _disposals = [];

        protected Kernel(string name) => Name = name;

        public string Name { get; }

        public KernelInfo KernelInfo { get; } = new();

        public Kernel RootKernel { get; internal set; }

        public virtual KernelSpecifierDirective KernelSpecifierDirective => new($"#!{Name}", Name);

        public static Kernel Root => KernelInvocationContext.Current.HandlingKernel.RootKernel;

        public static DisplayedValue display(object value, params string[] mimeTypes)
        {
            var id = Guid.NewGuid().ToString();
            KernelInvocationContext.Current.Publish(new DisplayedValueProduced(value, null, [], id));
            return new DisplayedValue(id, KernelInvocationContext.Current);
        }

        public void RegisterForDisposal(Action dispose) => _disposals.Add(dispose);

        public void Dispose() => _disposals.ForEach(dispose => dispose());

        public virtual async Task<KernelCommandResult> SendAsync(KernelCommand command, CancellationToken cancellationToken = default)
        {
            var outer = KernelInvocationContext.Current;
            var context = new KernelInvocationContext(this, cancellationToken) { Command = command };
            KernelInvocationContext.Current = context;
            try
            {
                await (command switch
                {
                    SubmitCode submit => ((IKernelCommandHandler<SubmitCode>)this).HandleAsync(submit, context),
                    RequestCompletions complete => ((IKernelCommandHandler<RequestCompletions>)this).HandleAsync(complete, context),
                    RequestHoverText hover => ((IKernelCommandHandler<RequestHoverText>)this).HandleAsync(hover, context),
                    RequestDiagnostics diagnose => ((IKernelCommandHandler<RequestDiagnostics>)this).HandleAsync(diagnose, context),
                    _ => throw new NotSupportedException(),
                });
            }
            catch (Exception error)
            {
                context.Fail(command, error);
            }
            finally
            {
                KernelInvocationContext.Current = outer;
            }

            return new KernelCommandResult(context.Events);
        }
    }

    public sealed class CompositeKernel : Kernel
    {
        public CompositeKernel() : base(".NET") => RootKernel = this;

        internal List<Kernel> Children { get; } = [];

        public void Add(Kernel kernel, IEnumerable<string> aliases = null)
        {
            if (kernel.RootKernel is not null)
            {
                throw new InvalidOperationException($"Kernel \"{kernel.Name}\" already has a parent.");
            }

            kernel.RootKernel = this;
            Children.Add(kernel);
        }
    }

    public static class KernelExtensions
    {
        public static Kernel FindKernelByName(this Kernel kernel, string name) => ((CompositeKernel)kernel.RootKernel).Children.Find(child => child.Name == name);
    }

    public class DisplayedValue(string displayId, KernelInvocationContext context)
    {
        public void Update(object updatedValue) => context.Publish(new DisplayedValueUpdated(updatedValue, displayId));
    }

    public class KernelInvocationContext(Kernel kernel, CancellationToken cancellationToken)
    {
        private static readonly AsyncLocal<KernelInvocationContext> s_current = new();

        public static KernelInvocationContext Current { get => s_current.Value; internal set => s_current.Value = value; }

        public Kernel HandlingKernel { get; } = kernel;

        public KernelCommand Command { get; init; }

        public CancellationToken CancellationToken { get; } = cancellationToken;

        internal List<KernelEvent> Events { get; } = [];

        public void Publish(KernelEvent happened)
        {
            lock (Events)
            {
                Events.Add(happened);
            }
        }

        public void Fail(KernelCommand command, Exception exception = null, string message = null) => Publish(new CommandFailed(exception, command, message ?? exception?.ToString()));
    }

    public static class KernelInvocationContextExtensions
    {
        public static void DisplayAs(this KernelInvocationContext context, string value, string mimeType) =>
            context.Publish(new DisplayedValueProduced(value, null, [new FormattedValue(mimeType, value)], Guid.NewGuid().ToString()));
    }

    public class KernelCommandResult(IReadOnlyList<KernelEvent> events)
    {
        public IReadOnlyList<KernelEvent> Events { get; } = events;
    }

    public record LinePosition(int Line, int Character);

    public record LinePositionSpan(LinePosition Start, LinePosition End);

    public class Diagnostic(LinePositionSpan linePositionSpan, Microsoft.CodeAnalysis.DiagnosticSeverity severity, string code, string message)
    {
        public LinePositionSpan LinePositionSpan { get; } = linePositionSpan;

        public Microsoft.CodeAnalysis.DiagnosticSeverity Severity { get; } = severity;

        public string Message { get; } = message;
    }
}

namespace Microsoft.DotNet.Interactive.Commands
{
    public abstract class KernelCommand;

    public class SubmitCode(string code, string targetKernelName = null) : KernelCommand
    {
        public string Code { get; } = code;

        public IDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();
    }

    public abstract class LanguageServiceCommand(string code, LinePosition linePosition) : KernelCommand
    {
        public string Code { get; } = code;

        public LinePosition LinePosition { get; } = linePosition;
    }

    public class RequestCompletions(string code, LinePosition linePosition) : LanguageServiceCommand(code, linePosition);

    public class RequestHoverText(string code, LinePosition linePosition) : LanguageServiceCommand(code, linePosition);

    public class RequestDiagnostics(string code) : KernelCommand
    {
        public string Code { get; } = code;
    }
}

namespace Microsoft.DotNet.Interactive.Events
{
    public abstract class KernelEvent(KernelCommand command)
    {
        public KernelCommand Command { get; } = command;
    }

    public class CompletionItem(string displayText, string kind, string filterText = null, string sortText = null, string insertText = null, string documentation = null)
    {
        public string DisplayText { get; } = displayText;

        public string Documentation { get; } = documentation;
    }

    public class CompletionsProduced(IReadOnlyCollection<CompletionItem> completions, RequestCompletions command, LinePositionSpan linePositionSpan = null) : KernelEvent(command)
    {
        public IEnumerable<CompletionItem> Completions { get; } = completions;

        public LinePositionSpan LinePositionSpan { get; } = linePositionSpan;
    }

    public class HoverTextProduced(RequestHoverText command, IReadOnlyCollection<FormattedValue> content, LinePositionSpan linePositionSpan = null) : KernelEvent(command)
    {
        public IReadOnlyCollection<FormattedValue> Content { get; } = content;
    }

    public class DiagnosticsProduced(IReadOnlyCollection<Diagnostic> diagnostics, IReadOnlyCollection<FormattedValue> formattedDiagnostics, KernelCommand command) : KernelEvent(command)
    {
        public IReadOnlyCollection<Diagnostic> Diagnostics { get; } = diagnostics;

        public IReadOnlyCollection<FormattedValue> FormattedDiagnostics { get; } = formattedDiagnostics;
    }

    public class DisplayedValueProduced(object value, KernelCommand command, IReadOnlyCollection<FormattedValue> formattedValues = null, string valueId = null) : KernelEvent(command)
    {
        public string ValueId { get; } = valueId;

        public IReadOnlyCollection<FormattedValue> FormattedValues { get; } = formattedValues;
    }

    public class DisplayedValueUpdated(object value, string valueId, KernelCommand command = null, IReadOnlyCollection<FormattedValue> formattedValues = null) : KernelEvent(command)
    {
        public string ValueId { get; } = valueId;

        public IReadOnlyCollection<FormattedValue> FormattedValues { get; } = formattedValues;
    }

    public sealed class CommandFailed(Exception exception, KernelCommand command, string message) : KernelEvent(command)
    {
        public string Message { get; } = message;
    }
}

namespace Microsoft.DotNet.Interactive.Directives
{
    public class KernelSpecifierDirective(string name, string kernelName)
    {
        public ICollection<KernelDirectiveParameter> Parameters { get; } = new List<KernelDirectiveParameter>();
    }

    public class KernelDirectiveParameter(string name, string description = null)
    {
        public string Name { get; } = name;

        public bool Flag { get; init; }
    }
}

namespace Microsoft.DotNet.Interactive.Formatting
{
    public class FormattedValue(string mimeType, string value)
    {
        public string MimeType { get; } = mimeType;

        public string Value { get; } = value;
    }

    public static class Formatter
    {
        internal static ConcurrentDictionary<(Type, string), Action<object, TextWriter>> Registered { get; } = new();

        public static void Register<T>(Action<T, TextWriter> formatter, string mimeType) => Register(typeof(T), (value, writer) => formatter((T)value, writer), mimeType);

        public static void Register(Type type, Action<object, TextWriter> formatter, string mimeType) => Registered[(type, mimeType)] = formatter;

        // The most derived type that something is registered for.
        internal static string Format(object value, string mimeType)
        {
            using var writer = new StringWriter();
            for (var type = value.GetType(); type is not null; type = type.BaseType)
            {
                if (Registered.TryGetValue((type, mimeType), out var format))
                {
                    format(value, writer);
                    return writer.ToString();
                }
            }

            throw new InvalidOperationException($"{value.GetType()} would be shown by its members");
        }
    }
}

namespace BpfInteractive.Scripting.Tests
{
    /// <summary>The C# kernel of the stand-in: the same scripting API as the host's, in the C# that its compiler has.</summary>
    internal sealed class StandInCSharpKernel() : Microsoft.DotNet.Interactive.Kernel("csharp"), Microsoft.DotNet.Interactive.IKernelCommandHandler<SubmitCode>
    {
        private static readonly ScriptOptions s_options = ScriptOptions.Default
            .WithReferences(AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic && assembly.Location.Length > 0)
                .Concat([typeof(BpfInteractive.Cells.BpfNotebook).Assembly, typeof(Bpf).Assembly, typeof(BpfInteractive.Charts.ColumnCharts).Assembly, typeof(Plotly.NET.GenericChart).Assembly, typeof(Microsoft.Data.Analysis.DataFrame).Assembly, typeof(StandInCSharpKernel).Assembly]).Distinct())
            .WithImports("System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq", "Microsoft.DotNet.Interactive.Kernel") // the host's own
            .WithLanguageVersion(Microsoft.CodeAnalysis.CSharp.LanguageVersion.CSharp12);

        private ScriptState<object> _state;

        internal object Value => _state?.ReturnValue;

        public async Task HandleAsync(SubmitCode command, Microsoft.DotNet.Interactive.KernelInvocationContext context) =>
            _state = await (_state is null ? CSharpScript.RunAsync<object>(command.Code, s_options) : _state.ContinueWithAsync<object>(command.Code, s_options));
    }

    /// <summary>The extension takes the process's live displays, as a host has but one: its tests run beside no others.</summary>
    [CollectionDefinition(Alone, DisableParallelization = true)]
    public static class StandInHost
    {
        internal const string Alone = "the stand-in host";
    }
}

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BpfInteractive.Scripting;

/// <summary>
/// Puts a call of <see cref="CellInterrupt.Check"/> at the start of every loop's body, behind every label, and at the start of every function but lambdas of one expression, which
/// may have to become expression trees. Lines stay what they are; columns behind a call do not, so findings are taken from the text as
/// it was written.
/// </summary>
internal sealed class InterruptRewriter : CSharpSyntaxRewriter
{
    private static readonly StatementSyntax s_check = SyntaxFactory.ParseStatement($"global::{typeof(CellInterrupt).FullName}.{nameof(CellInterrupt.Check)}();");

    /// <summary>The same code, which can be interrupted.</summary>
    internal static CSharpCompilation Rewrite(CSharpCompilation compilation)
    {
        foreach (var tree in compilation.SyntaxTrees)
        {
            var root = tree.GetRoot();
            var rewritten = new InterruptRewriter().Visit(root);
            if (rewritten != root)
            {
                compilation = compilation.ReplaceSyntaxTree(tree, tree.WithRootAndOptions(rewritten, tree.Options));
            }
        }

        return compilation;
    }

    public override SyntaxNode? VisitWhileStatement(WhileStatementSyntax node) => Checked((WhileStatementSyntax)base.VisitWhileStatement(node)!, loop => loop.Statement, (loop, body) => loop.WithStatement(body));

    public override SyntaxNode? VisitDoStatement(DoStatementSyntax node) => Checked((DoStatementSyntax)base.VisitDoStatement(node)!, loop => loop.Statement, (loop, body) => loop.WithStatement(body));

    public override SyntaxNode? VisitForStatement(ForStatementSyntax node) => Checked((ForStatementSyntax)base.VisitForStatement(node)!, loop => loop.Statement, (loop, body) => loop.WithStatement(body));

    public override SyntaxNode? VisitForEachStatement(ForEachStatementSyntax node) => Checked((ForEachStatementSyntax)base.VisitForEachStatement(node)!, loop => loop.Statement, (loop, body) => loop.WithStatement(body));

    public override SyntaxNode? VisitForEachVariableStatement(ForEachVariableStatementSyntax node) =>
        Checked((ForEachVariableStatementSyntax)base.VisitForEachVariableStatement(node)!, loop => loop.Statement, (loop, body) => loop.WithStatement(body));

    /// <summary>The blocks of functions, and labels within any block: a loop may be made of <c>goto</c>.</summary>
    public override SyntaxNode? VisitBlock(BlockSyntax node)
    {
        var visited = (BlockSyntax)base.VisitBlock(node)!;
        var isFunction = node.Parent is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax;
        if (!isFunction && !node.Statements.Any(static statement => statement is LabeledStatementSyntax))
        {
            return visited;
        }

        var statements = visited.Statements.SelectMany(BehindLabel);
        return visited.WithStatements([.. isFunction ? statements.Prepend(s_check) : statements]);
    }

    public override SyntaxNode? VisitMethodDeclaration(MethodDeclarationSyntax node)
    {
        var visited = (MethodDeclarationSyntax)base.VisitMethodDeclaration(node)!;
        return visited.ExpressionBody is { } body
            ? visited.WithExpressionBody(null).WithSemicolonToken(default).WithBody(BlockOf(body.Expression, IsWithoutResult(node.ReturnType, node.Modifiers))).WithTrailingTrivia(visited.GetTrailingTrivia())
            : visited;
    }

    public override SyntaxNode? VisitLocalFunctionStatement(LocalFunctionStatementSyntax node)
    {
        var visited = (LocalFunctionStatementSyntax)base.VisitLocalFunctionStatement(node)!;
        return visited.ExpressionBody is { } body
            ? visited.WithExpressionBody(null).WithSemicolonToken(default).WithBody(BlockOf(body.Expression, IsWithoutResult(node.ReturnType, node.Modifiers))).WithTrailingTrivia(visited.GetTrailingTrivia())
            : visited;
    }

    private static bool IsWithoutResult(TypeSyntax type, SyntaxTokenList modifiers) =>
        type is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword }
        || (modifiers.Any(SyntaxKind.AsyncKeyword) && type.DescendantNodesAndSelf().OfType<SimpleNameSyntax>().LastOrDefault() is IdentifierNameSyntax { Identifier.Text: "Task" or "ValueTask" });

    private static BlockSyntax BlockOf(ExpressionSyntax expression, bool isWithoutResult) => SyntaxFactory.Block(s_check, expression switch
    {
        ThrowExpressionSyntax thrown => SyntaxFactory.ThrowStatement(thrown.ThrowKeyword, thrown.Expression, SyntaxFactory.Token(SyntaxKind.SemicolonToken)),
        _ when isWithoutResult => SyntaxFactory.ExpressionStatement(expression),
        _ => SyntaxFactory.ReturnStatement(SyntaxFactory.Token(SyntaxKind.ReturnKeyword).WithTrailingTrivia(SyntaxFactory.Space), expression, SyntaxFactory.Token(SyntaxKind.SemicolonToken)),
    });

    private static IEnumerable<StatementSyntax> BehindLabel(StatementSyntax statement) => statement is LabeledStatementSyntax labeled
        ? [labeled.WithStatement(s_check), .. BehindLabel(labeled.Statement)]
        : [statement];

    private static T Checked<T>(T loop, Func<T, StatementSyntax> bodyOf, Func<T, StatementSyntax, T> with)
        where T : StatementSyntax
    {
        var body = bodyOf(loop);
        return body is BlockSyntax block
            ? with(loop, block.WithStatements(block.Statements.Insert(0, s_check)))
            : with(loop, SyntaxFactory.Block(s_check, body.WithoutTrailingTrivia()).WithTrailingTrivia(body.GetTrailingTrivia()));
    }
}

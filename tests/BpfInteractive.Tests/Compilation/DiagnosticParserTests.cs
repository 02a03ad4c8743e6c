namespace BpfInteractive.Tests.Compilation;

public sealed class DiagnosticParserTests
{
    private const string Recorded = """
        In file included from <built-in>:400:
        /home/me/with: colon.h:3:4: warning: unused variable 'x' [-Wunused-variable]
        <stdin>:7:12: fatal error: 'gone.h' file not found
        <stdin>:1:1: note: expanded from macro 'M'
        error: <unknown>:0:0: in function f i32 (ptr): too many arguments
        clang: error: unknown argument: '-x'
        3 errors generated.
        """;

    [Fact]
    public void Recorded_findings_are_read()
    {
        var found = DiagnosticParser.Parse(Recorded, file => file == "<stdin>" ? "cell" : file, (file, line) => $"{file}#{line}");
        Assert.Equal(
            [
                ("/home/me/with: colon.h", 3, 4, DiagnosticSeverity.Warning),
                ("cell", 7, 12, DiagnosticSeverity.Error),
                ("", 0, 0, DiagnosticSeverity.Error),
                ("", 0, 0, DiagnosticSeverity.Error),
            ],
            found.Select(finding => (finding.File, finding.Line, finding.Column, finding.Severity)));
        Assert.Equal("'gone.h' file not found", found[1].Message);
        Assert.Equal("cell#7", found[1].SourceLine);
        Assert.Equal("expanded from macro 'M'", Assert.Single(found[1].Notes).Message);
    }

    [Theory]
    [InlineData("\tint é = x;", 12, "\t         ^")]
    [InlineData("int x", 1, "^")]
    [InlineData("int x", 99, "     ^")]
    public void The_caret_stands_under_its_letter(string line, int column, string caret)
    {
        var text = new SourceDiagnostic("f", 1, column, DiagnosticSeverity.Error, "m", line).ToString();
        Assert.EndsWith($"\n    {line}\n    {caret}", text, StringComparison.Ordinal);
    }
}

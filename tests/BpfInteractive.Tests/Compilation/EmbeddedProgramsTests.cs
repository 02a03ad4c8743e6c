namespace BpfInteractive.Tests.Compilation;

public sealed class EmbeddedProgramsTests
{
    [Fact]
    public void Every_embedded_program_is_an_ELF_object() =>
        Assert.All(EmbeddedPrograms.Names, name => Assert.Equal("\x7f"u8[0], EmbeddedPrograms.Open(name).Span[0]));

    [Fact]
    public void An_unknown_program_is_refused_by_name() =>
        Assert.Contains("'nothing'", Assert.Throws<ArgumentException>(() => EmbeddedPrograms.Open("nothing")).Message, StringComparison.Ordinal);
}

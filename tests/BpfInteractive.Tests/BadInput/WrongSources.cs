namespace BpfInteractive.Tests.BadInput;

/// <summary>C that clang refuses.</summary>
internal static class WrongSources
{
    internal static IEnumerable<BadInputCase> Cases()
    {
        foreach (var (name, body, words) in new[]
        {
            ("a missing semicolon", "int x = 1 return x;", "expected ';'"),
            ("an unknown name", "return nowhere;", "use of undeclared identifier 'nowhere'"),
            ("an unknown field", "struct task_struct *t = 0; return t->no_such_field_here;", "no member named 'no_such_field_here'"),
            ("an unknown type", "unknown_t x = 0; return x;", "unknown_t"),
            ("too few arguments", "return bpf_probe_read_kernel();", "too few arguments"),
            ("a pointer for a struct", "struct task_struct t; return t->pid;", "is not a pointer"),
            ("a missing brace", "if (1) { return 0;", "expected '}'"),
            ("a call of a number", "int x = 1; return x(2);", "is not a function"),
            ("an undefined macro", "return SOME_MACRO(1);", "SOME_MACRO"),
            ("a bad array size", "int a[-1]; return a[0];", "negative"),
            ("an assignment to a constant", "const int a = 1; a = 2; return a;", "const-qualified"),
            ("a break outside of a loop", "break; return 0;", "'break' statement not in loop"),
        })
        {
            yield return Case(name, $"SEC(\"syscall\") int p(void *ctx) {{\n{body}\n}}", words);
        }

        yield return Case("a missing header", "#include \"no_such_header.h\"", "no_such_header.h");
        yield return Case("an error of its own", "#error stop here", "stop here");
    }

    private static BadInputCase Case(string name, string source, params string[] words) => new(
        $"source: {name}",
        () => BpfCompiler.CompileAsync(source, new CompilerOptions { Name = "bad.bpf.c", UseCache = false }).GetAwaiter().GetResult(),
        typeof(CompilationException),
        "compile",
        "bad.bpf.c",
        words);
}

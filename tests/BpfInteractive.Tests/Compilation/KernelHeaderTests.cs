using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace BpfInteractive.Tests.Compilation;

public sealed class KernelHeaderTests
{
    [Fact]
    public async Task Structs_that_only_a_kernel_functions_parameters_name_are_whole()
    {
        Require.Feature("clang");
        Require.Feature("open-coded task_vma iterator");
        var compiled = await BpfCompiler.CompileAsync(
            """
            SEC("syscall")
            int walk(void *ctx)
            {
                struct bpf_iter_task_vma it;

                bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
                bpf_iter_task_vma_destroy(&it);
                return 0;
            }
            """,
            new() { UseCache = false },
            TestContext.Current.CancellationToken);
        using var open = Bpf.Open(compiled);
        Assert.True(open.Btf!.TryFind("task_struct", BtfKind.Struct, out _));
    }

    /// <summary>Every struct and union of the kernel: clang has to agree on its size and on the offset of each member, of bit-fields too.</summary>
    [Fact]
    [Trait("category", "slow")]
    public void Clang_lays_out_every_struct_of_the_header_as_the_kernel_does()
    {
        var kernel = BtfData.Kernel;
        var source = new StringBuilder("#include \"vmlinux.h\"\n");
        var checks = 0;
        foreach (var type in kernel.Types.Where(type => type.Kind is BtfKind.Struct or BtfKind.Union && !type.IsAnonymous))
        {
            var before = kernel.FindAll(type.Name).Count(other => other.Id < type.Id && other.Kind is BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 && other.Id < type.Id);
            var name = $"{(type.Kind == BtfKind.Union ? "union" : "struct")} {type.Name}{(before == 0 ? "" : $"___{before + 1}")}";
            source.Append(CultureInfo.InvariantCulture, $"_Static_assert(sizeof({name}) == {type.SizeBytes}, \"size\");\n");
            checks += 1 + AddMembers(source, name, type, 0);
        }

        Assert.True(checks > 50_000, $"{checks} checks");
        Complaints(ClangSays(source.ToString(), KernelHeader.WriteAll(KernelTypes.Running)));
    }

    [Fact]
    [Trait("category", "slow")]
    public void Bit_fields_lie_where_the_kernel_has_them()
    {
        var kernel = BtfData.Kernel;
        var source = new StringBuilder("#include \"vmlinux.h\"\n");
        var wanted = new List<BtfType>();
        foreach (var type in kernel.Types.Where(type => type.Kind == BtfKind.Struct && !type.IsAnonymous && type.Members.Any(member => member.BitFieldSize != 0)))
        {
            if (kernel.FindAll(type.Name).Any(other => other.Id < type.Id && other.Kind is BtfKind.Struct or BtfKind.Union && other.Id != type.Id))
            {
                continue;
            }

            source.Append(CultureInfo.InvariantCulture, $"struct {type.Name} *v{wanted.Count};\n");
            wanted.Add(type);
        }

        var folder = Directory.CreateTempSubdirectory("bpfi-test-").FullName;
        try
        {
            Complaints(ClangSays(source.ToString(), KernelHeader.WriteAll(KernelTypes.Running), folder));
            var data = ObjectImage.Parse(File.ReadAllBytes(Path.Combine(folder, "x.o")), "x.o").Btf!;
            Assert.True(wanted.Count > 200, $"{wanted.Count}");
            foreach (var type in wanted)
            {
                Assert.True(data.TryFind(type.Name, BtfKind.Struct, out var ours), type.Name);
                var mine = ours.Members.Where(member => !member.IsAnonymous).Select(member => (member.Name, member.BitOffset, member.BitFieldSize));
                Assert.Equal(type.Members.Where(member => !member.IsAnonymous).Select(member => (member.Name, member.BitOffset, member.BitFieldSize)), mine);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int AddMembers(StringBuilder source, string name, BtfType type, int bits)
    {
        var count = 0;
        foreach (var member in type.Members)
        {
            if (member.IsAnonymous && member.Type.Resolve().Kind is BtfKind.Struct or BtfKind.Union)
            {
                count += AddMembers(source, name, member.Type.Resolve(), bits + member.BitOffset);
            }
            else if (!member.IsAnonymous && member.BitFieldSize == 0)
            {
                source.Append(CultureInfo.InvariantCulture, $"_Static_assert(__builtin_offsetof({name}, {member.Name}) == {(bits + member.BitOffset) / 8}, \"offset\");\n");
                count++;
            }
        }

        return count;
    }

    private static void Complaints(string text) => Assert.True(text.Length == 0, text);

    private static string ClangSays(string source, byte[] header, string? keep = null)
    {
        var folder = keep ?? Directory.CreateTempSubdirectory("bpfi-test-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, "vmlinux.h"), header);
            File.WriteAllText(Path.Combine(folder, "x.c"), source);
            var start = new ProcessStartInfo(Machine.Clang, ["-target", "bpf", "-O0", "-g", "-ferror-limit=20", "-DBPF_NO_PRESERVE_ACCESS_INDEX", "-c", "x.c", "-o", "x.o"])
            {
                WorkingDirectory = folder,
                RedirectStandardError = true,
            };
            using var clang = Process.Start(start)!;
            var text = clang.StandardError.ReadToEnd();
            clang.WaitForExit();
            return clang.ExitCode == 0 ? text : $"exit {clang.ExitCode}\n{text}";
        }
        finally
        {
            if (keep is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}

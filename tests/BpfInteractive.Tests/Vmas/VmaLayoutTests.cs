using System.Reflection;
using System.Runtime.InteropServices;

namespace BpfInteractive.Tests.Vmas;

/// <summary>The C# structs are laid out as the programs' own BTF says.</summary>
[Guest]
public sealed class VmaLayoutTests
{
    [Theory]
    [InlineData("vma_record", typeof(VmaRecord))]
    [InlineData("vma_name", typeof(VmaNameRecord))]
    [InlineData("vma_task", typeof(VmaTaskRecord))]
    [InlineData("vma_walk", typeof(VmaWalk))]
    [InlineData("vma_row", typeof(VmaStreamRow))]
    public void Structs_are_the_programs_own(string name, Type type)
    {
        var btf = BtfData.Parse(ElfSection(EmbeddedPrograms.Open("vma_task_iter").ToArray(), ".BTF"));
        Assert.True(btf.TryFind(name, BtfKind.Struct, out var structure), $"no struct {name}");
        Assert.Equal(structure.SizeBytes, Marshal.SizeOf(type));
        var fields = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);
        Assert.Equal(structure.Members.Select(member => member.OffsetBytes), fields.Select(field => (int)Marshal.OffsetOf(type, field.Name)));
    }

    internal static ReadOnlyMemory<byte> ElfSection(byte[] elf, string name)
    {
        var headers = (int)BitConverter.ToUInt64(elf, 40);
        var count = BitConverter.ToUInt16(elf, 60);
        var names = headers + (64 * BitConverter.ToUInt16(elf, 62));
        for (var section = headers; section < headers + (64 * count); section += 64)
        {
            var at = (int)BitConverter.ToUInt64(elf, names + 24) + BitConverter.ToInt32(elf, section);
            if (System.Text.Encoding.ASCII.GetString(elf, at, name.Length + 1) == name + "\0")
            {
                return elf.AsMemory((int)BitConverter.ToUInt64(elf, section + 24), (int)BitConverter.ToUInt64(elf, section + 32));
            }
        }

        throw new InvalidOperationException($"no section {name}");
    }
}

using System.Reflection;
using System.Runtime.InteropServices;
using BpfInteractive.Tests.Vmas;

namespace BpfInteractive.Tests.Stacks.Sampling;

/// <summary>The C# structs are laid out as the sampler's own BTF says.</summary>
public sealed class SamplerLayoutTests
{
    [Theory]
    [InlineData("stack_sample", typeof(StackSampleRecord))]
    [InlineData("stack_fact", typeof(StackFact))]
    [InlineData("stack_thread", typeof(StackThreadRecord))]
    [InlineData("stack_process", typeof(StackProcessRecord))]
    [InlineData("stack_mapping", typeof(StackMappingRecord))]
    [InlineData("stack_file_key", typeof(StackFileKey))]
    [InlineData("stack_file", typeof(StackFileRecord))]
    [InlineData("stack_head", typeof(StackHeadRecord))]
    [InlineData("stack_refusal", typeof(StackRefusalRecord))]
    [InlineData("stack_request", typeof(StackRequestRecord))]
    [InlineData("stack_build_ids", typeof(StackBuildIdsRecord))]
    [InlineData("bpf_stack_build_id", typeof(StackBuildId))]
    [InlineData("stack_counters", typeof(StackCounters))]
    [InlineData("stack_end", typeof(StackEndRecord))]
    [InlineData("stack_sweep", typeof(StackSweep))]
    [InlineData("stack_draft", typeof(StackDraft))]
    [InlineData("stack_own_draft", typeof(StackOwnDraft))]
    public void Structs_are_the_programs_own(string name, Type type)
    {
        var btf = BtfData.Parse(VmaLayoutTests.ElfSection(EmbeddedPrograms.Open("stack_sampler").ToArray(), ".BTF"));
        Assert.True(btf.TryFind(name, BtfKind.Struct, out var structure), $"no struct {name}");
        Assert.Equal(structure.SizeBytes, Marshal.SizeOf(type));
        var fields = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);
        Assert.Equal(structure.Members.Select(member => member.OffsetBytes), fields.Select(field => (int)Marshal.OffsetOf(type, field.Name)));
    }
}

namespace BpfInteractive.Tests.FeatureTests;

/// <summary>The pure readers of the Features room, fed what real machines say.</summary>
public sealed class FeatureParserTests
{
    [Theory]
    [InlineData("tracepoint/sched/sched_switch", "tracepoint")]
    [InlineData("tp/sched/sched_switch", "tracepoint")]
    [InlineData("raw_tracepoint/sys_enter", "raw_tp")]
    [InlineData("tp_btf/sched_switch", "tp_btf")]
    [InlineData("fentry.s/vfs_read", "fentry")]
    [InlineData("lsm.s/file_open", "lsm")]
    [InlineData("kretsyscall/openat", "kretprobe")]
    [InlineData("kprobe.multi/tcp_*", "kprobe.multi")]
    [InlineData("uprobe.s//bin/sh:main", "uprobe")]
    [InlineData("uretprobe.multi//bin/sh:*", "uprobe.multi")]
    [InlineData("perf_event", "perf_event")]
    [InlineData("iter/task_vma", "iter/task_vma")]
    [InlineData("iter.s/task", "iter.s/task")]
    [InlineData("xdp.frags", "xdp")]
    [InlineData("tcx/ingress", "tcx")]
    [InlineData("cgroup_skb/egress", "cgroup")]
    [InlineData("struct_ops/ssthresh", "struct_ops")]
    [InlineData("license", null)]
    public void A_section_names_its_feature(string section, string? feature) => Assert.Equal(feature, SectionKind.FeatureOf(section));

    [Theory]
    [InlineData("none [integrity] confidentiality", "integrity")]
    [InlineData("[none] integrity confidentiality", "none")]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void The_lockdown_in_force_stands_in_brackets(string? text, string? mode) => Assert.Equal(mode, SettingProbes.ParseLockdown(text));

    [Fact]
    public void Capabilities_are_read_from_the_status_file()
    {
        var effective = Capabilities.ParseEffective("Name:\tx\nCapPrm:\t0000000000000000\nCapEff:\t000000c000000000\nCapBnd:\t000001ffffffffff\n");
        Assert.True(Capabilities.Covers(effective, Capability.Bpf));
        Assert.True(Capabilities.Covers(effective, Capability.PerfMon));
        Assert.False(Capabilities.Covers(effective, Capability.SysAdmin));
    }

    [Fact]
    public void CAP_SYS_ADMIN_stands_in_for_what_was_split_off_from_it()
    {
        const ulong SysAdminAlone = 1UL << (int)Capability.SysAdmin;
        Assert.True(Capabilities.Covers(SysAdminAlone, Capability.Bpf));
        Assert.False(Capabilities.Covers(SysAdminAlone, Capability.NetAdmin));
    }

    [Theory]
    [InlineData("         0          0 4294967295\n", true)]
    [InlineData("         0       1000          1\n", false)]
    [InlineData("         0     100000      65536\n", false)]
    public void A_user_namespace_is_known_by_its_map(string map, bool initial) => Assert.Equal(initial, Capabilities.IsInitialUserNamespace(map));

    [Fact]
    public void Mounts_are_read_with_their_escaped_blanks()
    {
        var mounts = MountTable.Parse(
        [
            "24 1 0:22 / /sys rw,nosuid shared:7 - sysfs sysfs rw",
            "36 24 0:31 / /mnt/my\\040disk rw,relatime - ext4 /dev/sda1 rw",
            "not a mount line",
        ]);
        Assert.Equal([("/sys", "sysfs"), ("/mnt/my disk", "ext4")], mounts.Select(mount => (mount.Path, mount.Type)));
    }

    [Theory]
    [InlineData("config:0", 0)]
    [InlineData("config:32-63\n", 32)]
    public void A_format_field_begins_at_a_bit(string format, int bit) => Assert.Equal(bit, PerfEventSource.ParseFormatBit(format));

    [Fact]
    public void The_verifiers_last_words_are_not_its_statistics() => Assert.Equal(
        "unknown func bpf_find_vma#180",
        Refusal.LastWords("0: (85) call bpf_find_vma#180\nunknown func bpf_find_vma#180\nprocessed 1 insns (limit 1000000) max_states_per_insn 0\n"));
}

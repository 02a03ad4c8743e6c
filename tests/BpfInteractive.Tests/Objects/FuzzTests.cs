using System.Buffers.Binary;
using System.Globalization;

namespace BpfInteractive.Tests.Objects;

/// <summary>
/// Damaged objects never crash, hang or leak: thousands of flips and cuts, in a child process because libbpf would take this one along.
/// The child is this test program itself, told by the environment which damage to do.
/// </summary>
[Collection(Alone.Name)]
public sealed class FuzzTests
{
    private const string Order = "BPFI_FUZZ";

    public static TheoryData<string, int> Families => new()
    {
        { "bits", 3000 },
        { "words", 3000 },
        { "cuts", 400 },
        { "headers", 3000 },
        { "zeros", 1500 },
        { "splices", 1500 },
    };

    [Theory]
    [Slow]
    [MemberData(nameof(Families))]
    public async Task Damaged_objects_are_refused_or_load_but_never_crash(string family, int rounds)
    {
        Require.Root();
        var progress = Path.GetTempFileName();
        try
        {
            var (status, output, errors) = await TestProcess.RunAsync(
                Environment.ProcessPath!,
                ["-noColor", "-class", typeof(FuzzChild).FullName!],
                environment: new Dictionary<string, string?> { [Order] = $"{family} {rounds} {progress}" },
                limit: TimeSpan.FromMinutes(5));
            Assert.True(status == 0, $"{family}, round {File.ReadAllText(progress)}: status {status}\n{output}\n{errors}");
        }
        finally
        {
            File.Delete(progress);
        }
    }

    /// <summary>The child's work; does nothing without an order.</summary>
    public sealed class FuzzChild
    {
        [Fact]
        public void Damages_objects_when_ordered()
        {
            if (Environment.GetEnvironmentVariable(Order)?.Split(' ') is not [var family, var rounds, var progress])
            {
                return;
            }

            var objects = new[] { TestObjects.Compile(TestObjects.Sample), TestObjects.Compile(Rich) };
            var from = 0;
            if (family.Split(':') is [var name, var first])
            {
                (family, from) = (name, int.Parse(first, CultureInfo.InvariantCulture));
            }

            for (var round = from; round < int.Parse(rounds, CultureInfo.InvariantCulture); round++)
            {
                File.WriteAllText(progress, round.ToString(CultureInfo.InvariantCulture));
                Try(Damage(objects[round % objects.Length], family, new Random(round)));
            }
        }

        private static void Try(byte[] damaged)
        {
            try
            {
                using var open = OpenBpfObject.Open(damaged, "damaged");
                _ = open.Globals.Select(global => global.ToString()).Sum(text => text.Length);
                _ = open.Maps.Select(map => map.ToString()).Sum(text => text.Length);
                open.Load().Dispose();
            }
            catch (BpfException)
            {
                // Refused: what this test wants. Any other exception fails it.
            }
        }

        private static byte[] Damage(byte[] original, string family, Random random)
        {
            var bytes = original.ToArray();
            var table = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(40));
            switch (family)
            {
                case "bits":
                    for (var i = random.Next(1, 4); i > 0; i--)
                    {
                        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                    }

                    break;
                case "words":
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(random.Next(bytes.Length / 4 - 1) * 4), Interesting(random));
                    break;
                case "cuts":
                    return bytes[..random.Next(bytes.Length)];
                case "headers":
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(table + random.Next((bytes.Length - table) / 4 - 1) * 4), Interesting(random));
                    break;
                case "zeros":
                    var start = random.Next(64, bytes.Length);
                    bytes.AsSpan(start, Math.Min(random.Next(1, 64), bytes.Length - start)).Clear();
                    break;
                case "splices":
                    var (from, to) = (random.Next(bytes.Length - 16), random.Next(64, bytes.Length - 16));
                    bytes.AsSpan(from, 16).CopyTo(bytes.AsSpan(to));
                    break;
            }

            return bytes;
        }

        private static uint Interesting(Random random) => random.Next(8) switch
        {
            0 => 0,
            1 => uint.MaxValue,
            2 => int.MaxValue,
            3 => 0x80000000,
            4 => (uint)random.Next(64),
            5 => (uint)random.Next(1 << 16),
            6 => uint.MaxValue - (uint)random.Next(64),
            _ => (uint)random.NextInt64(1L << 32),
        };
    }

    /// <summary>Sub-programs, CO-RE relocations, externs, a map of maps, a prog array, several data sections.</summary>
    private const string Rich = """
        struct task_struct { int pid; int tgid; } __attribute__((preserve_access_index));
        extern void bpf_rcu_read_lock(void) __ksym; extern void bpf_rcu_read_unlock(void) __ksym;
        extern int LINUX_KERNEL_VERSION __kconfig; extern _Bool CONFIG_BPF __kconfig __weak;
        struct inner { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } inner SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __type(key, __u32); __array(values, struct inner); } outer SEC(".maps") = { .values = { &inner } };
        struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2); __type(key, __u32); __array(values, int (void *)); } tails SEC(".maps");
        const volatile char text[16] = "hello"; __u64 sum; int start = 3; char named[8] SEC(".data.mine") = "x";
        static __attribute__((noinline)) int twice(int x) { sum += x; return x * 2; }
        __attribute__((noinline)) int thrice(int x) { return x * 3 + text[x & 15]; }
        static int each(__u32 i, void *c) { sum += i; return 0; }
        SEC("raw_tp/sched_switch") int on_switch(__u64 *ctx) { int pid; bpf_probe_read_kernel(&pid, 4, &((struct task_struct *)ctx[2])->pid);
          bpf_tail_call(ctx, &tails, 1); return twice(pid) + thrice(start) + LINUX_KERNEL_VERSION + CONFIG_BPF; }
        SEC("syscall") int run(void *ctx) { __u32 k = 0; void *m = bpf_map_lookup_elem(&outer, &k); bpf_rcu_read_lock(); bpf_rcu_read_unlock();
          bpf_loop(4, each, 0, 0); return m ? named[0] : twice(1); }
        """;
}

namespace BpfInteractive.Tests.Stacks;

/// <summary>
/// A profile made by hand through the builder that the sampler fills, so that every number in a view of it is known: two processes, user, kernel, run-time and unmapped
/// frames, one recursion. One sample weighs 10 ms.
/// </summary>
internal static class HandmadeProfile
{
    internal const long Weight = 10_000_000;
    private const VmaPermissions Code = VmaPermissions.Read | VmaPermissions.Execute;
    private const ulong Kernel = 0xffff_ffff_8100_0000;
    private const ulong App = 0x40_0000;
    private const ulong Lib = 0x7f00_0000_0000;
    private const ulong Jit = 0x7f11_0000_0000;

    internal static Profile Make(int scale = 1, ProfileInfo? info = null)
    {
        var builder = new ProfileBuilder(info ?? new ProfileInfo
        {
            FrequencyHz = 99,
            Host = "host",
            KernelRelease = "6.18",
            Target = "all CPUs",
            Start = new ClockReading(1_000_000_000, 1_000_000_500, 1_700_000_000_000_000_000),
            End = new ClockReading(3_000_000_000, 3_000_000_500, 1_700_000_002_000_000_000),
            Notes = ["idle is left out"],
        });
        var app = builder.AddFile(new ProfileFile { Path = "/bin/app", Inode = 1, Device = 0x800001, BuildId = BuildId.Parse("aabb") });
        var lib = builder.AddFile(new ProfileFile { Path = "/lib/libc.so.6", Inode = 2, KernelInode = 22, KernelDevice = 3, SizeBytes = 1000, ModifiedNs = 5, IsDeleted = true });
        var vmlinux = builder.AddFile(new ProfileFile { Kind = ProfileFileKind.Kernel, Path = "[kernel]", BuildId = BuildId.Parse("ccdd") });
        var mm = builder.AddMm(1);
        var other = builder.AddMm(2);
        builder.AddSnapshot(ProfileBuilder.KernelMm, 1, [new ProfileMapping(Kernel, Kernel + 0x10000, 0, vmlinux, Code)]);
        builder.AddSnapshot(mm, 1, [new ProfileMapping(App, App + 0x1000, 0, app, Code), new ProfileMapping(Lib, Lib + 0x1000, 0x100, lib, Code), new ProfileMapping(Jit, Jit + 0x1000, 0, -1, Code)]);
        builder.AddSnapshot(other, 1, [new ProfileMapping(App, App + 0x1000, 0, app, Code)]);
        var first = builder.AddThread(builder.AddProcess(new ProfileProcess { Pid = 10, StartNs = 1, Comm = "app", CommandLine = "app -x", Cgroup = "/a", NamespacePids = [7, 1], Mm = mm }), 10, "app");
        var worker = builder.AddThread(0, 11, "worker");
        var second = builder.AddThread(builder.AddProcess(new ProfileProcess { Pid = 20, Comm = "two; parts", Mm = other }), 20, "two; parts");
        for (var round = 0; round < scale; round++)
        {
            long time = 1_000_000_000 + (round * 4_000_000L);
            Add(4, first, mm, SampleFlags.None, [App + 0x30, App + 0x20, App + 0x10], []);                          // main > work > work (recursion)
            Add(2, worker, mm, SampleFlags.KernelMode, [Lib + 0x40, App + 0x10], [Kernel + 0x200, Kernel + 0x100]); // main > libc+0x140 > kernel
            Add(1, worker, mm, SampleFlags.None, [Jit + 0x10, App + 0x10], []);
            Add(2, second, other, SampleFlags.None, [App + 0x10], []);
            Add(1, second, other, SampleFlags.None, [0xdead_0000], []);

            void Add(int times, int thread, int space, SampleFlags flags, ulong[] user, ulong[] kernel)
            {
                for (var i = 0; i < times; i++)
                {
                    builder.AddSample(new ProfileSample(time += 100_000_000, i % 2, thread, space, Weight, Weight, flags), user, kernel);
                }
            }
        }

        builder.Losses = Losses.Of(new Loss("ring-full", "samples dropped because the ring was full", 3));
        return builder.ToProfile();
    }

    /// <summary>The same with names: main, work (at two places), the kernel's two, and none in libc.</summary>
    internal static Profile Named(int scale = 1) => WithNames(Make(scale));

    internal static Profile WithNames(Profile profile) => profile.WithNames(ProfileNames.Of(profile, place => (place.File.Name, place.Offset) switch
    {
        ("app", 0x10) => ("main", FrameReason.None),
        ("app", 0x20 or 0x30) => ("work<int>", FrameReason.None),
        ("[kernel]", 0x100) => ("entry_SYSCALL_64", FrameReason.None),
        ("[kernel]", 0x200) => ("do_read", FrameReason.None),
        ("[jit]", _) => (null, FrameReason.NoPerfMap),
        _ => (null, FrameReason.NoSymbols),
    }));
}

namespace BpfInteractive.Tests.Stacks;

/// <summary>From addresses and mappings to (file, offset), with captures made by hand: what was mapped when decides, in whatever order it is told.</summary>
public sealed class ProfileBuilderTests
{
    private const VmaPermissions Code = VmaPermissions.Read | VmaPermissions.Execute;

    private readonly ProfileBuilder _builder = new(new ProfileInfo());
    private readonly int _old;
    private readonly int _new;
    private readonly int _mm;
    private readonly int _thread;

    public ProfileBuilderTests()
    {
        _old = _builder.AddFile(new ProfileFile { Path = "/lib/old.so", Inode = 1 });
        _new = _builder.AddFile(new ProfileFile { Path = "/lib/new.so", Inode = 2 });
        _mm = _builder.AddMm(0xabc);
        _thread = _builder.AddThread(_builder.AddProcess(new ProfileProcess { Pid = 10, Comm = "p", Mm = _mm }), 11, "t");
    }

    [Fact]
    public void A_leaf_is_its_offset_in_the_file_and_a_caller_keeps_its_return_address()
    {
        _builder.AddSnapshot(_mm, 5, [Old()]);
        Sample(10, 0x1234, 0x2000);

        var (leaf, caller) = (Leaf(0), Leaf(0, 1));
        Assert.Equal((_old, 0x5234UL, false, 0x5234UL), (leaf.FileNumber, leaf.Offset, leaf.IsReturn, leaf.LookupOffset));
        Assert.Equal((_old, 0x6000UL, true, 0x5fffUL), (caller.FileNumber, caller.Offset, caller.IsReturn, caller.LookupOffset));
    }

    [Fact]
    public void A_snapshot_that_comes_after_its_samples_explains_them()
    {
        Sample(10, 0x1234);
        _builder.AddSnapshot(_mm, 20, [Old()]);

        Assert.Equal(_old, Leaf(0).FileNumber);
    }

    [Fact]
    public void What_lay_there_before_does_not_explain_a_sample_whose_look_up_was_refused()
    {
        _builder.AddChange(_mm, 10, Old());
        Sample(12, 0x1234);
        Sample(20, 0x1234);
        _builder.AddRefusal(20);

        Assert.Equal(_old, Leaf(0).FileNumber);
        var profile = _builder.ToProfile();
        var refused = profile.Tables.Stacks.Values<int>("location")[profile.Tables.Samples.Values<int>("user_stack")[1]];
        Assert.Equal((ProfileFileKind.Unmapped, FrameReason.NoSnapshot), (profile.LocationOf(refused).File.Kind, profile.Names.ReasonOf(refused)));
    }

    [Fact]
    public void Stacks_that_share_callers_are_each_what_its_own_frames_say()
    {
        _builder.AddChange(_mm, 10, Old());
        _builder.AddChange(_mm, 500, New());
        var random = new Random(7);
        ulong[] places = [0x1100, 0x1200, 0x1300, 0x1400, 0x9000]; // the last in nothing that is mapped
        var stacks = new List<(long Time, ulong[] Frames)>();
        for (var sample = 0; sample < 2000; sample++)
        {
            ulong[] frames = sample > 0 && random.Next(4) > 0
                ? [places[random.Next(5)], .. stacks[random.Next(sample)].Frames.AsSpan(random.Next(2))]
                : [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => places[random.Next(5)])];
            stacks.Add((random.Next(20, 1000), frames.Length > 200 ? frames[..200] : frames));
            Sample(stacks[^1].Time, stacks[^1].Frames);
        }

        var profile = _builder.ToProfile();
        var (rows, tables) = (profile.Tables.Samples, profile.Tables.Stacks);
        for (var sample = 0; sample < stacks.Count; sample++)
        {
            var (time, frames) = stacks[sample];
            var end = Array.FindIndex(frames, 1, frame => frame == 0x9000); // a caller outside all code ends it
            var expected = frames[..(end < 0 ? frames.Length : end)].Select((frame, at) => frame == 0x9000 ? (-1, frame, false) : (time < 500 ? _old : _new, frame + (time < 500 ? 0x4000UL : New().Offset - New().Start), at > 0));
            var actual = new List<(int, ulong, bool)>();
            for (var stack = rows.Values<int>("user_stack")[sample]; stack >= 0; stack = tables.Values<int>("caller")[stack])
            {
                var location = profile.LocationOf(tables.Values<int>("location")[stack]);
                actual.Add((location.File.Kind == ProfileFileKind.File ? location.FileNumber : -1, location.Offset, location.IsReturn));
            }

            Assert.Equal(expected, actual);
            Assert.Equal(end >= 0, ((SampleFlags)rows.Values<byte>("flags")[sample]).HasFlag(SampleFlags.UserBroken));
        }
    }

    [Fact]
    public void A_range_that_comes_to_hold_another_file_is_each_in_its_time()
    {
        _builder.AddSnapshot(_mm, 10, [Old()]);
        _builder.AddSnapshot(_mm, 20, [Old()]);
        _builder.AddSnapshot(_mm, 40, [New()]);
        Sample(15, 0x1234);
        Sample(40, 0x1234);
        Sample(50, 0x1234);

        Assert.Equal([_old, _new, _new], Enumerable.Range(0, 3).Select(row => Leaf(row).FileNumber));
    }

    [Fact]
    public void Between_two_files_in_one_range_there_is_a_reason_and_no_guess()
    {
        _builder.AddSnapshot(_mm, 20, [Old()]);
        _builder.AddSnapshot(_mm, 40, [New()]);
        Sample(30, 0x1234);

        Assert.Equal(ProfileFileKind.Unmapped, Leaf(0).File.Kind);
        Assert.Equal(FrameReason.MappingChanged, Reason(0));
    }

    [Fact]
    public void A_sample_can_say_which_snapshot_it_asked_for()
    {
        _builder.AddSnapshot(_mm, 20, [Old()]);
        _builder.AddSnapshot(_mm, 40, [New()]);
        _builder.AddSample(new ProfileSample(30, 0, _thread, _mm, 1, 1, MappingsNs: 40), [0x1234UL], []);
        _builder.AddSample(new ProfileSample(30, 0, _thread, _mm, 1, 1, MappingsNs: 20), [0x1234UL], []);

        Assert.Equal([_new, _old], [Leaf(0).FileNumber, Leaf(1).FileNumber]);
    }

    [Fact]
    public void What_is_unmapped_is_unmapped_only_from_then_on()
    {
        _builder.AddSnapshot(_mm, 10, [Old()]);
        _builder.AddSnapshot(_mm, 20, []);
        _builder.AddSnapshot(_mm, 30, [New()]);
        Sample(9, 0x1234);
        Sample(20, 0x1234);
        Sample(31, 0x1234);

        Assert.Equal([FrameReason.NotLookedUp, FrameReason.Unmapped, FrameReason.NotLookedUp], Enumerable.Range(0, 3).Select(Reason));
        Assert.Equal([_old, _new], [Leaf(0).FileNumber, Leaf(2).FileNumber]);
    }

    [Fact]
    public void A_mapping_that_splits_is_still_the_same_place()
    {
        _builder.AddSnapshot(_mm, 10, [Old()]);
        _builder.AddSnapshot(_mm, 30, [Old() with { End = 0x2000 }, new ProfileMapping(0x2000, 0x3000, 0x6000, _old, Code)]);
        Sample(20, 0x2234);

        Assert.Equal((_old, 0x6234UL), (Leaf(0).FileNumber, Leaf(0).Offset));
    }

    [Fact]
    public void Single_sightings_do_as_well_as_snapshots()
    {
        _builder.AddMapping(_mm, 10, Old());
        _builder.AddMapping(_mm, 20, New());
        Sample(10, 0x1234);
        Sample(15, 0x1234);
        Sample(20, 0x1234);

        Assert.Equal([FrameReason.NotLookedUp, FrameReason.MappingChanged, FrameReason.NotLookedUp], Enumerable.Range(0, 3).Select(Reason));
        Assert.Equal([_old, _new], [Leaf(0).FileNumber, Leaf(2).FileNumber]);
    }

    [Fact]
    public void A_stack_ends_where_a_caller_lies_outside_all_code()
    {
        _builder.AddSnapshot(_mm, 10, [Old()]);
        Sample(10, 0x1234, 0x1300, 0x7fff0000, 0x1400);

        Assert.Equal(2, Depth(0));
        Assert.Equal(SampleFlags.UserBroken, (SampleFlags)_builder.ToProfile().Tables.Samples.Values<byte>("flags")[0]);
    }

    [Fact]
    public void An_address_space_without_mappings_has_its_reason()
    {
        _builder.SetWhyUnmapped(_mm, FrameReason.NoSnapshot);
        Sample(10, 0x1234, 0x1300);

        Assert.Equal((2, FrameReason.NoSnapshot), (Depth(0), Reason(0)));
    }

    [Fact]
    public void Anonymous_code_is_an_address_of_its_address_space()
    {
        _builder.AddSnapshot(_mm, 10, [new ProfileMapping(0x1000, 0x3000, 0, -1, Code | VmaPermissions.Write)]);
        Sample(10, 0x1234);

        Assert.Equal((ProfileFileKind.Jit, _mm, 0x1234UL), (Leaf(0).File.Kind, Leaf(0).File.Mm, Leaf(0).Offset));
    }

    [Fact]
    public void No_address_of_the_kernel_is_kept()
    {
        const ulong Text = 0xffff_ffff_8100_0000;
        var vmlinux = _builder.AddFile(new ProfileFile { Kind = ProfileFileKind.Kernel, Path = "[kernel]", BuildId = BuildId.Parse("0102") });
        _builder.AddSnapshot(ProfileBuilder.KernelMm, 1, [new ProfileMapping(Text, Text + 0x100000, 0, vmlinux, Code)]);
        _builder.AddSample(new ProfileSample(10, 0, _thread, -1, 1, 1), [], [Text + 0x10, Text + 0x200000]);
        var profile = _builder.ToProfile();

        Assert.Equal(0x10UL, profile.Tables.Locations.Values<ulong>("offset")[0]);
        Assert.All(profile.Tables.Locations.Values<ulong>("offset").ToArray(), offset => Assert.True(offset < Text));
        Assert.Equal(0, profile.Tables.Mappings.RowCount);
    }

    [Fact]
    public void A_build_id_that_becomes_known_stays_with_its_file_and_another_makes_another()
    {
        var known = _builder.AddFile(new ProfileFile { Path = "/lib/old.so", Inode = 1, BuildId = BuildId.Parse("aa") });
        var rebuilt = _builder.AddFile(new ProfileFile { Path = "/lib/old.so", Inode = 1, BuildId = BuildId.Parse("bb") });
        var again = _builder.AddFile(new ProfileFile { Path = "/lib/old.so", Inode = 1, BuildId = BuildId.Parse("aa") });

        Assert.Equal((_old, _old), (known, again));
        Assert.NotEqual(_old, rebuilt);
        Assert.Equal("aa", _builder.FileOf(_old).BuildId.ToString());
    }

    [Fact]
    public void Equal_stacks_are_kept_once_and_a_profile_taken_meanwhile_stays_as_it_was()
    {
        _builder.AddSnapshot(_mm, 10, [Old()]);
        Sample(10, 0x1234, 0x1300);
        var early = _builder.ToProfile();
        Sample(11, 0x1234, 0x1300);
        Sample(12, 0x1235, 0x1300);

        Assert.Equal((1, 2), (early.SampleCount, early.Tables.Stacks.RowCount));
        Assert.Equal((3, 3), (_builder.ToProfile().SampleCount, _builder.ToProfile().Tables.Stacks.RowCount));
    }

    private ProfileMapping Old() => new(0x1000, 0x3000, 0x5000, _old, Code);

    private ProfileMapping New() => new(0x1000, 0x3000, 0x5000, _new, Code);

    private void Sample(long timeNs, params ulong[] frames) => _builder.AddSample(new ProfileSample(timeNs, 0, _thread, _mm, 1, 1), frames, []);

    private ProfileLocation Leaf(int sample, int up = 0)
    {
        var profile = _builder.ToProfile();
        var stack = profile.Tables.Samples.Values<int>("user_stack")[sample];
        for (; up > 0; up--)
        {
            stack = profile.Tables.Stacks.Values<int>("caller")[stack];
        }

        return profile.LocationOf(profile.Tables.Stacks.Values<int>("location")[stack]);
    }

    private int Depth(int sample)
    {
        var tables = _builder.ToProfile().Tables;
        var depth = 0;
        for (var stack = tables.Samples.Values<int>("user_stack")[sample]; stack >= 0; stack = tables.Stacks.Values<int>("caller")[stack])
        {
            depth++;
        }

        return depth;
    }

    private FrameReason Reason(int sample)
    {
        var profile = _builder.ToProfile();
        var stack = profile.Tables.Samples.Values<int>("user_stack")[sample];
        return profile.Names.ReasonOf(profile.Tables.Stacks.Values<int>("location")[stack]);
    }
}

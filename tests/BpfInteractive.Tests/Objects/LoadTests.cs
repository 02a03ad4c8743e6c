namespace BpfInteractive.Tests.Objects;

public sealed class LoadTests
{
    [Fact]
    public async Task An_object_loads_with_its_programs_and_maps()
    {
        using var open = TestObjects.Open(TestObjects.Sample, "sample");
        await using var obj = open.Load();

        Assert.Equal(["on_switch", "add"], obj.Programs.Names);
        Assert.Equal("raw_tp/sched_switch", obj.Programs["on_switch"].Section);
        Assert.Equal(BpfProgramType.Syscall, obj.Programs["add"].Type);
        Assert.True(obj.Programs["add"].Fd > 0);
        var counts = obj.Maps["counts"];
        Assert.Equal((BpfMapType.Hash, 4, 8, 64u), (counts.Type, counts.KeySize, counts.ValueSize, counts.MaxEntries));
        Assert.True(obj.Maps[".rodata"].IsInternal);
    }

    [Fact]
    public async Task A_program_whose_autoload_is_off_is_not_loaded()
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        open.Programs["on_switch"].Autoload = false;
        await using var obj = open.Load();

        Assert.False(obj.Programs["on_switch"].IsLoaded);
        Assert.True(obj.Programs["add"].IsLoaded);
    }

    [Fact]
    public void A_mistyped_name_is_answered_with_the_nearest()
    {
        using var open = TestObjects.Open(TestObjects.Sample, "sample");
        var error = Assert.Throws<ArgumentException>(() => open.Programs["on_swich"]);
        Assert.Contains("object 'sample' has no program 'on_swich'; did you mean 'on_switch'?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disposed_objects_programs_and_maps_say_so()
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        var obj = open.Load();
        await obj.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => obj.Programs["add"].Fd);
        Assert.Throws<ObjectDisposedException>(() => obj.Maps["counts"].Fd);
        Assert.Throws<ObjectDisposedException>(() => obj.Maps["counts"].Borrow().Dispose());
    }

    [Fact]
    public void A_spent_object_takes_no_more_knobs()
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        open.Load().Dispose();
        Assert.Throws<ObjectDisposedException>(() => open.Maps["counts"].MaxEntries = 1);
        Assert.Throws<ObjectDisposedException>(() => open.Load());
    }

    [Fact]
    public async Task A_scope_owns_what_is_made_in_it()
    {
        var scope = new BpfScope("cell 1");
        BpfObject obj, kept;
        using (scope.Enter())
        {
            using var first = TestObjects.Open(TestObjects.Sample);
            using var second = TestObjects.Open(TestObjects.Sample);
            obj = first.Load();
            kept = second.Load().Keep();
        }

        Assert.Equal([obj], scope.Owned);
        await scope.DisposeOwnedAsync();
        Assert.True(obj.IsDisposed);
        Assert.False(kept.IsDisposed);
        await kept.DisposeAsync();
    }
}

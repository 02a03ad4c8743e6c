using System.Diagnostics;

namespace BpfInteractive.Tests.RingBuffers;

public sealed class WaitingTests
{
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_blocked_read_wakes_for_a_record()
    {
        using var producer = new Producer();
        var reading = Task.Run(() => producer.Ring.Read(_ => { }));
        await Task.Delay(100);
        Assert.False(reading.IsCompleted);
        producer.Send(0, 3);
        Assert.InRange(await reading.WaitAsync(s_hang), 1, 3);
    }

    [Fact]
    public async Task Records_sent_without_a_wake_up_are_found_all_the_same()
    {
        using var producer = new Producer();
        var reading = Task.Run(() => producer.Ring.Read(_ => { }));
        await Task.Delay(50);
        producer.Send(0, 3, Producer.NoWakeup);
        Assert.Equal(3, await reading.WaitAsync(s_hang));
    }

    [Fact]
    public void A_read_with_a_time_limit_gives_up()
    {
        using var producer = new Producer();
        var watch = Stopwatch.StartNew();
        Assert.Equal(0, producer.Ring.Read(_ => { }, TimeSpan.FromMilliseconds(250)));
        Assert.True(watch.ElapsedMilliseconds >= 250);
    }

    [Fact]
    public async Task Cancellation_ends_every_kind_of_read()
    {
        using var producer = new Producer();
        using var source = new CancellationTokenSource();
        var reading = Task.Run(() => producer.Ring.Read(_ => { }, cancellationToken: source.Token));
        await CancelAsync(source, reading);

        using var second = new CancellationTokenSource();
        await CancelAsync(second, producer.Ring.CollectAsync(TimeSpan.FromHours(1), cancellationToken: second.Token));

        using var third = new CancellationTokenSource();
        await CancelAsync(third, CountAsync(producer.Ring, third.Token));
        producer.Send(0, 2);
        Assert.Equal(2, producer.Ring.Drain(_ => { }));
    }

    [Fact]
    public async Task Without_a_token_the_scope_s_counts()
    {
        using var producer = new Producer();
        using var source = new CancellationTokenSource();
        using var entered = new BpfScope("test", null, source.Token).Enter();
        await CancelAsync(source, producer.Ring.CollectAsync(TimeSpan.FromHours(1)));
    }

    [Fact]
    public async Task Disposing_the_object_ends_every_kind_of_read()
    {
        foreach (var read in new Func<RingBuffer, Task>[]
        {
            ring => Task.Run(() => ring.Read(_ => { })),
            ring => ring.CollectAsync(TimeSpan.FromHours(1)),
            ring => CountAsync(ring, CancellationToken.None),
        })
        {
            using var producer = new Producer();
            var reading = read(producer.Ring);
            await Task.Delay(50);
            await producer.Object.DisposeAsync().AsTask().WaitAsync(s_hang);
            await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(s_hang));
            Assert.Throws<ObjectDisposedException>(() => producer.Ring.Drain(_ => { }));
        }
    }

    [Fact]
    public async Task A_collection_has_what_came_before_and_meanwhile()
    {
        using var producer = new Producer();
        producer.Send(0, 100);
        var collecting = producer.Ring.CollectAsync(TimeSpan.FromMilliseconds(500));
        await Task.Delay(100);
        Assert.Contains("CollectAsync", Assert.Throws<InvalidOperationException>(() => producer.Ring.Drain(_ => { })).Message, StringComparison.Ordinal);
        producer.Send(100, 100);
        var columns = await collecting;
        Assert.Equal(Enumerable.Range(0, 200).Select(n => (ulong)n), columns.Values<ulong>("number").ToArray());
        Assert.True(columns.Losses.IsEmpty);
    }

    [Fact]
    public async Task A_collection_ends_at_the_number_of_rows_asked_for()
    {
        using var producer = new Producer();
        producer.Send(0, 100);
        var columns = await producer.Ring.CollectAsync(TimeSpan.FromHours(1), mostRows: 60).WaitAsync(s_hang);
        Assert.Equal(60, columns.RowCount);
        Assert.Equal(40, producer.Ring.Drain().RowCount);
    }

    [Fact]
    public async Task Two_producers_and_a_slow_taker_lose_nothing_uncounted()
    {
        using var producer = new Producer(1 << 16);
        const uint Chunk = 500;
        var sent = new long[2];
        var threads = Enumerable.Range(0, 2).Select(index => Task.Run(() =>
        {
            for (var round = 0; round < 200; round++)
            {
                sent[index] += Chunk - producer.Send(((ulong)index << 32) + ((ulong)round * Chunk), Chunk);
            }
        })).ToArray();
        using var end = new CancellationTokenSource();
        var batches = new List<Columns>();
        var dropped = 0L;
        await foreach (var batch in producer.Ring.ReadBatchesAsync(TimeSpan.FromMilliseconds(1), mostRows: 5000, end.Token))
        {
            batches.Add(batch);
            dropped += batch.Losses["ring-full"];
            if (threads.All(thread => thread.IsCompleted) && batches.Sum(b => (long)b.RowCount) + producer.Ring.WaitingBytes / 72 >= sent.Sum() && producer.Ring.WaitingBytes == 0)
            {
                break;
            }

            await Task.Delay(2);
        }

        await Task.WhenAll(threads);
        batches.Add(producer.Ring.Drain());
        dropped += batches[^1].Losses["ring-full"];
        var numbers = Columns.Concat(batches).Values<ulong>("number").ToArray();
        Assert.Equal(sent.Sum(), numbers.Length);
        Assert.Equal(2 * 200 * Chunk, numbers.Length + dropped);
        Assert.Equal(numbers.Where(n => n >> 32 == 0), numbers.Where(n => n >> 32 == 0).Order());
        Assert.Equal(numbers.Where(n => n >> 32 == 1), numbers.Where(n => n >> 32 == 1).Order());
        Assert.Equal(numbers.Length, numbers.Distinct().Count());
    }

    [Fact]
    public async Task A_batch_loop_that_is_left_frees_the_ring()
    {
        using var producer = new Producer();
        producer.Send(0, 10);
        await foreach (var batch in producer.Ring.ReadBatchesAsync())
        {
            Assert.Equal(10, batch.RowCount);
            break;
        }

        producer.Send(0, 5);
        Assert.Equal(5, producer.Ring.Drain(_ => { }));
    }

    private static async Task CancelAsync(CancellationTokenSource source, Task reading)
    {
        await Task.Delay(50);
        Assert.False(reading.IsCompleted);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(s_hang));
    }

    private static async Task<int> CountAsync(RingBuffer ring, CancellationToken token)
    {
        var rows = 0;
        await foreach (var batch in ring.ReadBatchesAsync(cancellationToken: token))
        {
            rows += batch.RowCount;
        }

        return rows;
    }
}

using System.Numerics;
using System.Text;
using BpfInteractive.Tests.Btf;

namespace BpfInteractive.Tests.Tables;

public sealed class RecordDecoderTests
{
    [Fact]
    public void Compiled_and_interpreted_agree_on_every_shape()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var record = new RandomRecord(seed);
            var compiled = RecordDecoder.For(record.Type, "r", DecoderMode.Compiled);
            var interpreted = RecordDecoder.For(record.Type, "r", DecoderMode.Interpreted);
            Assert.True(compiled.IsCompiled);
            var records = Enumerable.Range(0, 20).Select(n => record.Bytes(Length(n, record))).ToList();
            AppendTogether(compiled, records);
            records.ForEach(bytes => interpreted.Append(bytes));

            Assert.False(interpreted.IsCompiled);
            Assert.Equal(interpreted.ShortRecords, compiled.ShortRecords);
            Assert.Equal(interpreted.ToColumns().ToTable(), compiled.ToColumns().ToTable());
        }
    }

    [Fact]
    public void Integers_and_bit_fields_have_the_values_that_c_gives_them()
    {
        for (var seed = 1000; seed < 1300; seed++)
        {
            var record = new RandomRecord(seed);
            var decoder = RecordDecoder.For(record.Type, "r", DecoderMode.Compiled);
            var bytes = record.Bytes(record.SizeBytes);
            decoder.Append(bytes);
            var columns = decoder.ToColumns();
            Assert.True(columns.Losses.IsEmpty, $"seed {seed}: {columns.Losses}");
            foreach (var (name, value) in record.Integers(bytes))
            {
                var got = BigInteger.Parse(Convert.ToString(columns[name].GetValue(0), null)!, null);
                Assert.True(value == got, $"seed {seed}, {name} of {record.Type}: {value} is not {got}");
            }
        }
    }

    [Fact]
    public void A_record_of_every_shorter_length_gives_nulls_and_no_crash()
    {
        // The record ends at the end of a page that nothing follows: a read behind it would end the process.
        using var page = new GuardedPage();
        for (var seed = 2000; seed < 2040; seed++)
        {
            var record = new RandomRecord(seed);
            foreach (var mode in new[] { DecoderMode.Compiled, DecoderMode.Interpreted })
            {
                var decoder = RecordDecoder.For(record.Type, "r", mode);
                for (var length = 0; length <= record.SizeBytes; length++)
                {
                    decoder.Append(page.AtEnd(record.Bytes(length)));
                }

                var columns = decoder.ToColumns();
                Assert.Equal(record.SizeBytes + 1, columns.RowCount);
                Assert.Equal(decoder.ShortRecords, columns.Losses["short-records"]);
                Assert.All(columns, column => Assert.False(column.IsNull(record.SizeBytes)));
                Assert.Contains(columns, column => column.IsNull(0) || record.IsOpenEnded);
            }
        }
    }

    [Fact]
    public void Records_walked_in_a_ring_are_those_that_were_put_there()
    {
        for (var seed = 3000; seed < 3100; seed++)
        {
            var record = new RandomRecord(seed);
            var random = new Random(seed);
            var compiled = RecordDecoder.For(record.Type, "r", DecoderMode.Compiled);
            var interpreted = RecordDecoder.For(record.Type, "r", DecoderMode.Interpreted);
            var ring = new FakeRing(1 << 16, start: (ulong)random.Next(0, 1 << 13) * 8);
            for (var n = 0; n < 20; n++)
            {
                var bytes = record.Bytes(record.SizeBytes + random.Next(20));
                if (ring.Put(bytes, random.Next(4) == 0 ? RingWalk.DiscardBit : 0))
                {
                    interpreted.Append(bytes);
                }
            }

            var end = ring.Position;
            var stop = random.Next(4);
            ring.Put(record.Bytes(stop == 0 ? record.SizeBytes - 1 : record.SizeBytes), stop switch { 1 => RingWalk.BusyBit, 2 => 1u << 20, _ => 0 });
            if (stop == 3)
            {
                end = ring.Position; // an ordinary one
                interpreted.Append(ring.Last);
            }

            Assert.Equal(end, ring.Walk(compiled));
            Assert.Equal(interpreted.ToColumns().ToTable(), compiled.ToColumns().ToTable());
        }
    }

    [Fact]
    public void Text_ends_at_the_first_NUL_whatever_is_behind_it()
    {
        var btf = new BtfBuilder();
        var array = btf.Add(BtfKind.Array, "", 0, 0, false, (uint)btf.Int("char", 1), 1, 16);
        var type = btf.Add(BtfKind.Struct, "event", 16, 1, false, btf.Text("comm"), (uint)array, 0);
        var decoder = RecordDecoder.For(btf.Parse()[type], "events", DecoderMode.Compiled);
        string[] texts = ["worker\0aaaaaaaaa", "worker\0bbbbbbbbb", "0123456789abcdef", "\0bcdefghijklmnop"];
        foreach (var text in texts.Concat(texts))
        {
            decoder.Append(Encoding.ASCII.GetBytes(text));
        }

        var comm = decoder.ToColumns().Text("comm");
        Assert.Equal([0, 0, 1, 2, 0, 0, 1, 2], comm.Codes);
        Assert.Equal(["worker", "0123456789abcdef", ""], comm.Dictionary);
    }

    [Fact]
    public void A_decoder_that_starts_again_after_a_snapshot_has_new_texts_and_enum_names()
    {
        var btf = new BtfBuilder();
        var named = btf.Add(BtfKind.Enum, "e", 4, 1, false, btf.Text("ONE"), 1);
        var array = btf.Add(BtfKind.Array, "", 0, 0, false, (uint)btf.Int("char", 1), 2, 16);
        var type = btf.Add(BtfKind.Struct, "event", 20, 2, false, btf.Text("state"), (uint)named, 0, btf.Text("comm"), (uint)array, 32);
        var decoder = RecordDecoder.For(btf.Parse()[type], "events", DecoderMode.Compiled);
        for (var round = 0; round < 3; round++)
        {
            decoder.Append([7, 0, 0, 0, .. Encoding.ASCII.GetBytes($"first-{round}\0\0\0\0\0\0\0\0\0")]);
            decoder.Append([1, 0, 0, 0, .. "same\0\0\0\0\0\0\0\0\0\0\0\0"u8]);
            var columns = decoder.ToColumns();
            Assert.Equal("7", columns.Text("state")[0]);
            Assert.Equal("ONE", columns.Text("state")[1]);
            Assert.Equal($"first-{round}", columns.Text("comm")[0]);
            Assert.Equal("same", columns.Text("comm")[1]);
            decoder.Clear();
        }
    }

    [Fact]
    public void The_automatic_decoder_compiles_after_a_while_and_goes_on_as_before()
    {
        var btf = new BtfBuilder();
        var type = btf.Add(BtfKind.Struct, "event", 4, 1, false, btf.Text("n"), (uint)btf.Int(), 0);
        var decoder = RecordDecoder.For(btf.Parse()[type], "events");
        for (var n = 0; n < 10_000; n++)
        {
            decoder.Append(BitConverter.GetBytes(n));
        }

        Assert.True(decoder.IsCompiled);
        Assert.Equal(Enumerable.Range(0, 10_000), decoder.ToColumns().Values<int>("n").ToArray());
    }

    [Fact]
    public void Appending_records_seen_before_allocates_nothing()
    {
        foreach (var mode in new[] { DecoderMode.Compiled, DecoderMode.Interpreted })
        {
            var record = new RandomRecord(5);
            var bytes = Enumerable.Range(0, 100).Select(_ => record.Bytes(record.SizeBytes)).ToArray();
            var decoder = RecordDecoder.For(record.Type, "r", mode);
            void Round()
            {
                foreach (var one in bytes)
                {
                    decoder.Append(one);
                }
            }

            Assert.Equal(0, Allocations.Least(Round, decoder.Clear));
        }
    }

    [Fact]
    public void A_plain_number_is_a_column_called_value_and_a_prefix_stands_before_fields()
    {
        var btf = new BtfBuilder();
        var number = btf.Int("u64", 8, signed: false);
        var key = btf.Add(BtfKind.Struct, "key", 8, 1, false, btf.Text("pid"), (uint)number, 0);
        var data = btf.Parse();
        var columns = new ColumnsBuilder("map");
        var keys = RecordDecoder.For(data[key], columns, "key");
        var values = RecordDecoder.For(data[number], columns, "value");
        keys.Append(BitConverter.GetBytes(7L));
        values.Append(BitConverter.GetBytes(9L));
        Assert.Equal(["key.pid", "value"], columns.ToColumns().Select(column => column.Name));
        Assert.Equal("value", RecordDecoder.For(data[number], "x").Columns.Builders[0].Name);
        Assert.Throws<ArgumentException>(() => RecordDecoder.For(data[0], "nothing"));
    }

    private static int Length(int n, RandomRecord record) => n % 7 == 3 ? n * record.SizeBytes / 20 : record.SizeBytes + (n % 5 * 4);

    private static unsafe void AppendTogether(RecordDecoder decoder, List<byte[]> records)
    {
        var memory = records.SelectMany(bytes => bytes).ToArray();
        fixed (byte* start = memory)
        {
            var places = stackalloc nint[records.Count];
            var lengths = stackalloc int[records.Count];
            var at = 0;
            for (var n = 0; n < records.Count; n++)
            {
                places[n] = (nint)(start + at);
                lengths[n] = records[n].Length;
                at += records[n].Length;
            }

            decoder.AppendBatch(places, lengths, records.Count);
        }
    }
}

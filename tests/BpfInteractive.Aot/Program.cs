// BpfInteractive.Aot vmas PID [ENGINE] | tasks PID: what the library does in a program without a JIT (dotnet publish -p:BpfiAot=true).
using System.Globalization;
using System.Runtime.CompilerServices;
using BpfInteractive;

if (args.Length < 2 || !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
{
    Console.Error.WriteLine("usage: BpfInteractive.Aot vmas PID [ENGINE] | tasks PID");
    return 2;
}

try
{
    Console.Out.Write(args[0] == "tasks" ? await TaskAsync(pid) : MapsOf(pid, args.ElementAtOrDefault(2) ?? "auto"));
    return 0;
}
catch (BpfException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

// As /proc/PID/maps has it.
static string MapsOf(int pid, string engine) => Vmas.Of(pid, new VmaOptions { Engine = VmaEngines.Parse(engine) }).ToProcMaps();

// A program compiled from text, loaded, attached, and its records decoded into columns of every kind.
static async Task<string> TaskAsync(int pid)
{
    await using var program = await Bpf.LoadAsync("""
        enum size { SMALL, LARGE = 7 };
        struct row {
            u32 pid;
            enum size size;
            char comm[16];
            u64 pair[2];
            u8 bytes[3];
            bool leads;
            unsigned int low : 3;
            unsigned int high : 5;
        };

        SEC("iter/task")
        int tasks(struct bpf_iter__task *ctx)
        {
            struct task_struct *task = ctx->task;
            if (!task)
                return 0;
            struct row row = {};
            row.pid = task->pid;
            row.size = LARGE;
            bpf_probe_read_kernel_str(row.comm, sizeof(row.comm), task->comm);
            row.pair[0] = task->tgid;
            row.pair[1] = 2;
            row.bytes[2] = 255;
            row.leads = task->pid == task->tgid;
            row.low = 5;
            row.high = 17;
            bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
            return 0;
        }
        """);
    var rows = await program.Iterator("tasks", "row").ReadAsync();
    var at = rows.Values<uint>("pid").IndexOf((uint)pid);
    var cells = rows.Select(column => $"{column.Name}={column.FormatValue(at)}");
    return $"{string.Join(' ', cells)}; dynamic code: {RuntimeFeature.IsDynamicCodeSupported}\n";
}

using System.Globalization;

namespace BpfInteractive.Exited.Captures;

/// <summary>One line of /proc/PID/maps.</summary>
public readonly record struct MapsLine(ulong Start, ulong End, ulong Offset, string Path);

/// <summary>Reads /proc/PID/maps of every process once, some time after it was first seen.</summary>
public sealed class LateMaps(TimeSpan delay)
{
    private readonly Dictionary<int, DateTime> _seen = [];
    private readonly Dictionary<int, IReadOnlyList<MapsLine>> _maps = [];

    /// <summary>The line that holds an address of a process, or null.</summary>
    public MapsLine? Find(int pid, ulong address)
    {
        foreach (var line in _maps.GetValueOrDefault(pid, []))
        {
            if (address >= line.Start && address < line.End)
            {
                return line;
            }
        }

        return null;
    }

    /// <summary>Looks again and again until cancelled.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Look();
            await Task.Delay(10, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Look()
    {
        var now = DateTime.UtcNow;
        foreach (var name in Directory.EnumerateDirectories("/proc").Select(Path.GetFileName))
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                _seen.TryAdd(pid, now);
            }
        }

        foreach (var (pid, seen) in _seen)
        {
            if (now - seen >= delay && !_maps.ContainsKey(pid))
            {
                _maps.Add(pid, Read(pid));
            }
        }
    }

    private static List<MapsLine> Read(int pid)
    {
        try
        {
            return [.. File.ReadLines($"/proc/{pid}/maps").Select(Parse)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static MapsLine Parse(string line)
    {
        var words = line.Split(' ', 6);
        var range = words[0].Split('-');
        return new(Hex(range[0]), Hex(range[1]), Hex(words[2]), words.Length > 5 ? words[5].Trim() : "");
    }

    private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text;

namespace BpfInteractive;

/// <summary>
/// The methods of .NET processes that wrote no map of their code: the processes are asked while they live. What they compiled at run time is told by address and is theirs alone;
/// what was compiled beforehand lies in images that other processes map too, and is told by the offset in those.
/// </summary>
/// <remarks>
/// Only images in files named .dll or .exe get names so, and where processes of several users map one, only root's say of it counts: nobody names code for others. Thread-safe.
/// </remarks>
internal sealed class DotnetProcesses(bool tiers)
{
    /// <summary>Code of the runtime's own (write barriers, call counting, dispatch), where all methods are known; and of methods that were freed before it was asked.</summary>
    internal const string InNoMethod = "[in no .NET method]";

    private const int AtOnce = 4;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly object _lock = new();
    private readonly Dictionary<int, Told> _told = [];
    private Dictionary<(uint Device, ulong Inode), JitMap> _images = [];

    /// <summary>Whether a file may have .NET code that was compiled beforehand, by its name.</summary>
    internal static bool IsImage(string path) =>
        path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".exe", StringComparison.OrdinalIgnoreCase);

    /// <summary>Asks all those that live; what the others said before stays.</summary>
    internal async Task AskAsync(IReadOnlyCollection<KeyValuePair<int, JitOwner>> owners)
    {
        await Parallel.ForEachAsync(owners, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (owner, _) =>
        {
            using var patience = new CancellationTokenSource(s_patience);
            if (await DotnetDiagnostics.RundownAsync(owner.Value, patience.Token).ConfigureAwait(false) is { } stream && Told.Of(owner.Value, stream.Span, tiers) is { } told)
            {
                lock (_lock)
                {
                    _told[owner.Key] = told;
                }
            }
        }).ConfigureAwait(false);
        lock (_lock)
        {
            _images = ImagesOf(_told.Values);
        }
    }

    /// <summary>The names of an address space's run-time code; null when nobody told.</summary>
    internal JitMap? MapOf(int mm)
    {
        lock (_lock)
        {
            return _told.GetValueOrDefault(mm)?.Map;
        }
    }

    /// <summary>The names of an image's code by offsets in its file; null when nobody told.</summary>
    internal JitMap? ImageOf(ProfileFile file)
    {
        lock (_lock)
        {
            return file.Inode != 0 && IsImage(file.Path) ? _images.GetValueOrDefault((file.Device, file.Inode)) : null;
        }
    }

    private static Dictionary<(uint Device, ulong Inode), JitMap> ImagesOf(IEnumerable<Told> all)
    {
        var images = new Dictionary<(uint Device, ulong Inode), JitMap>();
        foreach (var image in all.SelectMany(told => told.Images.Select(image => (image.Key, told.User, Lines: image.Value))).GroupBy(image => image.Key))
        {
            var isOneUsers = image.DistinctBy(said => said.User).Count() == 1;
            var lines = image.Where(said => isOneUsers || said.User == 0).SelectMany(said => said.Lines).Distinct();
            images[image.Key] = JitMap.Parse(Encoding.UTF8.GetBytes(string.Concat(lines)), FrameReason.DotnetImage);
        }

        return images;
    }

    /// <summary>A file's code in an address space.</summary>
    private readonly record struct Image(ulong Start, ulong End, ulong Offset, uint Device, ulong Inode)
    {
        internal static List<Image> Read(string folder)
        {
            var images = new List<Image>();
            ReadOnlySpan<byte> text = File.ReadAllBytes(folder + "/maps");
            while (ProcMapsParser.TryTakeLine(ref text, out var line))
            {
                if (ProcMapsParser.TryParse(line, out var vma) && vma.Inode != 0 && ((VmaPermissions)vma.Permissions & VmaPermissions.Execute) != 0 && IsImage(Encoding.UTF8.GetString(vma.Name)))
                {
                    images.Add(new Image(vma.Start, vma.End, vma.Offset, vma.Device, vma.Inode));
                }
            }

            return images;
        }

        /// <summary>Among images by their starts, as the kernel lists them.</summary>
        internal static Image Find(List<Image> images, ulong address)
        {
            var (low, high) = (0, images.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = images[middle].End <= address ? (middle + 1, high) : (low, middle);
            }

            return low < images.Count && images[low].Start <= address ? images[low] : default;
        }
    }

    /// <summary>What one process told.</summary>
    private sealed record Told(uint User, JitMap Map, Dictionary<(uint Device, ulong Inode), List<string>> Images)
    {
        internal static Told? Of(JitOwner owner, ReadOnlySpan<byte> stream, bool tiers)
        {
            var methods = DotnetMethod.ReadAll(stream, out var isPartial);
            if (methods.Count == 0 || owner.LivingFolder() is not { } folder)
            {
                return null;
            }

            try
            {
                return Of(owner.UserId, methods, Image.Read(folder), tiers, isPartial);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null; // It has ended.
            }
        }

        private static Told Of(uint user, List<DotnetMethod> methods, List<Image> images, bool tiers, bool isPartial)
        {
            var map = new StringBuilder();
            var byImage = new Dictionary<(uint Device, ulong Inode), List<string>>();
            foreach (var method in methods)
            {
                var image = Image.Find(images, method.Start);
                var start = image.Inode == 0 ? method.Start : method.Start - image.Start + image.Offset;
                var tier = tiers && method.Tier.Length > 0 ? $" [{method.Tier}]" : "";
                var line = string.Create(CultureInfo.InvariantCulture, $"{start:x} {method.Size:x} {method.Name}{tier}\n");
                if (image.Inode == 0)
                {
                    map.Append(line);
                    continue;
                }

                var key = (image.Device, image.Inode);
                if (!byImage.TryGetValue(key, out var lines))
                {
                    byImage[key] = lines = [];
                }

                lines.Add(line);
            }

            return new Told(user, JitMap.Parse(Encoding.UTF8.GetBytes(map.ToString()), FrameReason.OutsidePerfMap, nameOutside: isPartial ? null : InNoMethod), byImage);
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace BpfInteractive;

/// <summary>Where the kernel and its modules lie, and their build ids.</summary>
internal sealed class KernelLayout
{
    private readonly Range _kernel;
    private readonly Range[] _modules;

    internal KernelLayout(BuildId buildId, IEnumerable<Range> modules, ulong kernelStart = 0, ulong kernelEnd = 0)
    {
        _kernel = new Range(new ProfileFile { Kind = ProfileFileKind.Kernel, Path = "[kernel]", BuildId = buildId }, kernelStart, kernelEnd);
        _modules = [.. modules.Where(module => module.Start != 0).OrderBy(module => module.Start)];
    }

    internal ProfileFile Kernel => _kernel.Module;

    internal static KernelLayout Read() => new(ElfNotes.FindBuildId(ReadNotes("/sys/kernel/notes")), ReadModules());

    /// <summary>The same with the kernel's own code from the first byte to the end of its last section of code.</summary>
    internal KernelLayout WithKernelAt(KernelCode functions) => new(Kernel.BuildId, _modules, functions.Start, functions.End);

    /// <summary>The kernel and its modules; the kernel is left out where its place is not known.</summary>
    internal IEnumerable<Range> Ranges => _kernel.End > _kernel.Start ? [_kernel, .. _modules] : _modules;

    /// <summary>The module, or the kernel itself, that an address lies in.</summary>
    internal bool TryFind(ulong address, [NotNullWhen(true)] out ProfileFile? module, out ulong offset)
    {
        var range = _kernel.Holds(address) ? _kernel : Array.FindLast(_modules, candidate => candidate.Holds(address));
        (module, offset) = (range.Module, address - range.Start);
        return module is not null;
    }

    /// <summary>
    /// Where a module lies on this boot; a reason when it is not here, or another build of it. Names alone say who it is only within one boot: elsewhere a module without a
    /// build id may be any that bears its name.
    /// </summary>
    internal FrameReason TryFindBase(ProfileFile module, bool isOfThisBoot, out ulong start)
    {
        var range = module.Kind == ProfileFileKind.Kernel ? _kernel : Array.Find(_modules, candidate => candidate.Module.Path == module.Path);
        start = range.Start;
        return range.Module is null ? FrameReason.Unloaded
            : range.Module.BuildId.IsEmpty || module.BuildId.IsEmpty ? isOfThisBoot ? FrameReason.None : FrameReason.NotComparable
            : range.Module.BuildId != module.BuildId ? FrameReason.BuildIdDiffers
            : FrameReason.None;
    }

    /// <summary>One line of /proc/modules: "ext4 1032192 1 - Live 0xffffffffc0a00000"; null where the address is hidden.</summary>
    internal static Range? ParseModule(string line, Func<string, BuildId> buildIdOf)
    {
        var fields = line.Split(' ');
        return fields.Length >= 6 && ulong.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            && fields[5].StartsWith("0x", StringComparison.Ordinal)
            && ulong.TryParse(fields[5].AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var start) && start != 0
            ? new Range(new ProfileFile { Kind = ProfileFileKind.Module, Path = $"[{fields[0]}]", BuildId = buildIdOf(fields[0]) }, start, start + size)
            : null;
    }

    private static IEnumerable<Range> ReadModules()
    {
        try
        {
            return [.. File.ReadAllLines("/proc/modules")
                .Select(line => ParseModule(line, name => ElfNotes.FindBuildId(ReadNotes($"/sys/module/{name}/notes/.note.gnu.build-id"))))
                .Where(range => range is not null).Select(range => range!.Value)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // A kernel without modules has no such file.
        }
    }

    private static byte[] ReadNotes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>A module and its addresses, the end exclusive.</summary>
    internal readonly record struct Range(ProfileFile Module, ulong Start, ulong End)
    {
        internal bool Holds(ulong address) => address >= Start && address < End;
    }
}

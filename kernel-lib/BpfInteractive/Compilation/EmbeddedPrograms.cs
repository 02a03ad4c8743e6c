using System.Reflection;

namespace BpfInteractive;

/// <summary>The BPF programs of the folder bpf/, compiled when this library was built and carried inside it: no clang is needed to use them.</summary>
internal static class EmbeddedPrograms
{
    private const string Prefix = "bpf/";
    private const string Suffix = ".bpf.o";

    private static readonly Assembly Home = typeof(EmbeddedPrograms).Assembly;

    /// <summary>The names of all: "vma_walk" for bpf/vma_walk.bpf.c.</summary>
    internal static IReadOnlyList<string> Names { get; } =
    [
        .. from name in Home.GetManifestResourceNames()
           where name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)
           orderby name
           select name[Prefix.Length..^Suffix.Length],
    ];

    /// <summary>The object file of one: an ELF image for OpenBpfObject.Open.</summary>
    /// <param name="name">Its name, without folder and ending.</param>
    /// <exception cref="ArgumentException">There is no such program.</exception>
    internal static ReadOnlyMemory<byte> Open(string name)
    {
        using var stream = Home.GetManifestResourceStream(Prefix + name + Suffix)
            ?? throw new ArgumentException($"there is no built-in BPF program '{name}'; there are: {string.Join(", ", Names)}", nameof(name));
        var image = new byte[stream.Length];
        stream.ReadExactly(image);
        return image;
    }
}

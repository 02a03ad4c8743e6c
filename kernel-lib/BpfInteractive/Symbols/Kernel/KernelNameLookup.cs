using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>The functions that some addresses of the kernel lie in, asked of the kernel itself by a program (bpf/kernel_names.bpf.c): no text of all symbols is written and read.</summary>
internal static class KernelNameLookup
{
    private const string Name = "kernel_names";

    /// <summary>The functions that hold one of some addresses, or end right before it.</summary>
    /// <param name="wanted">The addresses, ascending.</param>
    /// <param name="layout">Where the modules lie: what is in none of them, nor in the kernel, is a BPF program.</param>
    /// <returns>Null where this kernel or this user cannot ask so.</returns>
    internal static KernelCode? TryRead(ulong[] wanted, KernelLayout layout)
    {
        try
        {
            using var loaded = OpenBpfObject.Open(EmbeddedPrograms.Open(Name), Name).Load();
            var request = default(Request);
            loaded.Programs["kernel_names_bounds"].Run(ref request);
            if (request.Error != 0)
            {
                return null;
            }

            using var table = new MappedTable<Entry>(loaded.Maps[Name], writable: true);
            var functions = new Functions(request, layout);
            functions.Take(loaded.Programs["kernel_names_of"], table, wanted);
            functions.Take(loaded.Programs["kernel_names_of"], table, [.. functions.BeforeStarts]);
            return functions.Build();
        }
        catch (Exception e) when (e is BpfException or UnsupportedFeatureException)
        {
            return null;
        }
    }

    /// <summary>What the answers tell.</summary>
    private sealed class Functions(Request request, KernelLayout layout)
    {
        private readonly Dictionary<ulong, (ulong Size, int Name)> _functions = [];
        private readonly List<byte> _names = [];
        private readonly KernelLayout _layout = layout.WithKernelAt(KernelCode.Of(SymbolTable.Empty, request.Bounds));

        /// <summary>The addresses before those that are the first of a function: a return address there is of the call that ends the function before it.</summary>
        internal List<ulong> BeforeStarts { get; } = [];

        /// <summary>Asks for some addresses, as many at once as the table has entries.</summary>
        internal void Take(BpfProgram program, MappedTable<Entry> table, ReadOnlySpan<ulong> addresses)
        {
            for (var entries = table.Entries; !addresses.IsEmpty; addresses = addresses[entries.Length..])
            {
                entries = entries[..Math.Min(entries.Length, addresses.Length)];
                for (var i = 0; i < entries.Length; i++)
                {
                    entries[i].Address = addresses[i];
                }

                var batch = new Request { Count = (uint)entries.Length };
                program.Run(ref batch);
                for (var i = 0; i < entries.Length; i++)
                {
                    Add(addresses[i], entries[i].Text);
                }
            }
        }

        internal KernelCode Build()
        {
            var builder = new SymbolTableBuilder(_functions.Count);
            foreach (var (start, (size, name)) in _functions)
            {
                builder.Add(start, new SymbolTableBuilder.Candidate(size, ulong.MaxValue, name, SymbolRank.Global));
            }

            return KernelCode.Of(builder.Build(_names.ToArray().AsMemory()), request.Bounds);
        }

        // "vfs_read+0x12/0x340 [module]"; an address alone where the kernel knows no function.
        private void Add(ulong address, ReadOnlySpan<byte> text)
        {
            text = text[..Math.Max(text.IndexOf((byte)0), 0)];
            var plus = text.LastIndexOf("+0x"u8);
            if (plus <= 0)
            {
                return;
            }

            var name = text[..plus];
            var place = text[(plus + 3)..];
            var slash = place.IndexOf("/0x"u8);
            if (slash < 0 || !TryParse(place[..slash], out var offset) || !TryParse(Word(place[(slash + 3)..]), out var size) || offset > address)
            {
                return;
            }

            var start = address - offset;
            if (offset == 0)
            {
                BeforeStarts.Add(address - 1);
            }

            if (_functions.TryAdd(start, (size, _names.Count)))
            {
                _names.AddRange(name);
                _names.AddRange(name.StartsWith("bpf_"u8) && !_layout.TryFind(start, out _, out _) ? "\t[bpf]\0"u8 : "\0"u8);
            }
        }

        private static ReadOnlySpan<byte> Word(ReadOnlySpan<byte> text) => text.IndexOf((byte)' ') is >= 0 and var end ? text[..end] : text;

        private static bool TryParse(ReadOnlySpan<byte> digits, out ulong number) =>
            ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>struct kernel_names_request.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Request
    {
        internal uint Count;
        internal int Error;
        internal KernelCode.Bounds Bounds;
    }

    /// <summary>struct kernel_name.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        internal ulong Address;
        private TextBytes _text;

        [UnscopedRef]
        internal ReadOnlySpan<byte> Text => _text;

        [InlineArray(640)]
        private struct TextBytes
        {
            private byte _first;
        }
    }
}

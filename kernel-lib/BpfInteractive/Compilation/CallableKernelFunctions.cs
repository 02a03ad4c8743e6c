namespace BpfInteractive;

/// <summary>The kernel's functions that BPF programs may call (kfuncs): those with the declaration tag <c>bpf_kfunc</c>, since Linux 6.10 and pahole 1.26.</summary>
internal sealed class CallableKernelFunctions
{
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);

    internal CallableKernelFunctions(BtfData data)
    {
        for (var id = 1; id < data.TypeCount; id++)
        {
            if (data.KindOf(id) != BtfKind.DeclarationTag)
            {
                continue;
            }

            var tag = new BtfType(data, id);
            if (tag.NameUtf8.SequenceEqual("bpf_kfunc"u8) && tag.Target is { Kind: BtfKind.Function } function)
            {
                _byName.TryAdd(function.Name, function.Id);
            }
        }
    }

    internal IReadOnlyCollection<int> Ids => _byName.Values;

    internal bool TryFind(string name, out int id) => _byName.TryGetValue(name, out id);
}

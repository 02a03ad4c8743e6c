using System.Diagnostics.CodeAnalysis;

namespace BpfInteractive;

/// <summary>The map seen through C# structs.</summary>
public sealed partial class BpfMap
{
    /// <summary>Keys and values as C# structs.</summary>
    /// <typeparam name="TKey">Lies in memory as the C key does: sizes, and offsets by name, are checked against BTF.</typeparam>
    /// <typeparam name="TValue">The same for the value.</typeparam>
    /// <exception cref="BtfLayoutException">A struct differs from the C type; the message lists every difference.</exception>
    /// <exception cref="BpfException">The map has no keys, or a value for each CPU.</exception>
    public BpfMap<TKey, TValue> As<
        [DynamicallyAccessedMembers(ManagedLayout.Needed)] TKey,
        [DynamicallyAccessedMembers(ManagedLayout.Needed)] TValue>()
        where TKey : unmanaged
        where TValue : unmanaged
    {
        if (IsPerCpu)
        {
            throw new BpfException("read as single values", Subject, 0, $"it is {Traits.Noun}, with a value for each CPU", "use AsPerCpu");
        }

        RequireKeys();
        BtfLayoutCheck.Require<TKey>(KeyType, KeySize, $"the keys of {Subject}");
        BtfLayoutCheck.Require<TValue>(ValueType, ValueSize, $"the values of {Subject}");
        return new(this);
    }

    /// <summary>Keys, and values for each CPU, as C# structs.</summary>
    /// <typeparam name="TKey">As for <see cref="As"/>.</typeparam>
    /// <typeparam name="TValue">Lies in memory as one CPU's value does.</typeparam>
    /// <exception cref="BtfLayoutException">A struct differs from the C type.</exception>
    /// <exception cref="BpfException">The map has one value for a key.</exception>
    public BpfPerCpuMap<TKey, TValue> AsPerCpu<
        [DynamicallyAccessedMembers(ManagedLayout.Needed)] TKey,
        [DynamicallyAccessedMembers(ManagedLayout.Needed)] TValue>()
        where TKey : unmanaged
        where TValue : unmanaged
    {
        if (!IsPerCpu)
        {
            throw new BpfException("read for each CPU", Subject, 0, $"it is {Traits.Noun}, with one value for a key", "use As");
        }

        BtfLayoutCheck.Require<TKey>(KeyType, KeySize, $"the keys of {Subject}");
        BtfLayoutCheck.Require<TValue>(ValueType, ValueSize, $"the values of {Subject}");
        return new(this);
    }

    /// <summary>A queue or stack of C# structs.</summary>
    /// <typeparam name="TValue">Lies in memory as the C value does.</typeparam>
    /// <exception cref="BtfLayoutException">The struct differs from the C type.</exception>
    /// <exception cref="BpfException">It is no queue or stack.</exception>
    public BpfQueue<TValue> AsQueue<[DynamicallyAccessedMembers(ManagedLayout.Needed)] TValue>()
        where TValue : unmanaged
    {
        Require(BpfMapOperations.Push, "push to");
        BtfLayoutCheck.Require<TValue>(ValueType, ValueSize, $"the values of {Subject}");
        return new(this);
    }

    /// <summary>Task, cgroup, inode or socket storage of C# structs.</summary>
    /// <typeparam name="TValue">Lies in memory as the C value does.</typeparam>
    /// <exception cref="BtfLayoutException">The struct differs from the C type.</exception>
    /// <exception cref="BpfException">It is no local storage.</exception>
    public BpfLocalStorage<TValue> AsStorage<[DynamicallyAccessedMembers(ManagedLayout.Needed)] TValue>()
        where TValue : unmanaged
    {
        if (!IsLocalStorage)
        {
            throw new BpfException("read as local storage", Subject, 0, $"it is {Traits.Noun}", "use As");
        }

        BtfLayoutCheck.Require<TValue>(ValueType, ValueSize, $"the values of {Subject}");
        return new(this);
    }

    /// <summary>Whether each task, cgroup, inode or socket has a value of its own.</summary>
    internal bool IsLocalStorage => Type is BpfMapType.TaskStorage or BpfMapType.CgroupLocalStorage or BpfMapType.InodeStorage or BpfMapType.SkStorage;

    private void RequireKeys()
    {
        if (IsLocalStorage && Type != BpfMapType.TaskStorage)
        {
            throw new BpfException("read by key", Subject, 0, $"it is {Traits.Noun}, whose keys are descriptors", "use AsStorage");
        }

        if (KeySize == 0)
        {
            throw new BpfException("read by key", Subject, 0, $"it is {Traits.Noun}, which has no keys", Traits.Operations.HasFlag(BpfMapOperations.Push) ? "use AsQueue" : Traits.Instead);
        }
    }
}

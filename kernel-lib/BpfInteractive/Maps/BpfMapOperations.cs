namespace BpfInteractive;

/// <summary>What user space can do with a map, by its kind. What a map refuses names the rest: "a queue can: push, pop, peek".</summary>
[Flags]
public enum BpfMapOperations
{
    /// <summary>Nothing: ring buffers, struct_ops.</summary>
    None = 0,

    /// <summary>Read the value of a key.</summary>
    Get = 1 << 0,

    /// <summary>Set the value of a key.</summary>
    Set = 1 << 1,

    /// <summary>Delete a key.</summary>
    Delete = 1 << 2,

    /// <summary>Read and delete in one step (Linux 5.14 for hashes).</summary>
    Take = 1 << 3,

    /// <summary>Walk over the keys.</summary>
    Enumerate = 1 << 4,

    /// <summary>Put a value in: queue, stack.</summary>
    Push = 1 << 5,

    /// <summary>Take a value out: queue, stack.</summary>
    Pop = 1 << 6,

    /// <summary>Read the next value and leave it in: queue, stack.</summary>
    Peek = 1 << 7,

    /// <summary>Put a value into a set that forgets none: bloom filter.</summary>
    Add = 1 << 8,

    /// <summary>Ask a set for a value: bloom filter.</summary>
    Test = 1 << 9,
}

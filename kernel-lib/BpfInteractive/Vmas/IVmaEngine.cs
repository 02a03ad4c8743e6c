namespace BpfInteractive;

/// <summary>A way to read an address space. Any thread may use it.</summary>
internal interface IVmaEngine
{
    /// <summary>Why it cannot be used on this kernel or by this caller; null if it can. Probed once by really trying.</summary>
    string? WhyUnavailable();

    /// <summary>Reads the address space of a process.</summary>
    VmaSnapshot Take(int pid, VmaOptions options);
}

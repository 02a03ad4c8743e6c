using System.Reflection;
using System.Runtime.InteropServices;

namespace BpfInteractive.Interop;

/// <summary>Finds the native libraries of this assembly: libbpf under the names its packages give it.</summary>
internal static class NativeLibraries
{
    /// <summary>The import name of libbpf; <see cref="Register"/> maps it to the library's real file.</summary>
    internal const string LibBpf = "bpf";

    private static readonly string[] LibBpfFiles = ["libbpf.so.1", "libbpf.so"];

    private static int s_registered;

    /// <summary>Sets the resolver once. Called from the static constructors of the import classes (CA2255 forbids a module initializer).</summary>
    internal static void Register()
    {
        if (Interlocked.Exchange(ref s_registered, 1) == 0)
        {
            NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);
        }
    }

    /// <summary>Loads libbpf, or says that this machine has none.</summary>
    internal static bool TryLoadLibBpf(out nint library)
    {
        foreach (var file in LibBpfFiles)
        {
            if (NativeLibrary.TryLoad(file, out library))
            {
                return true;
            }
        }

        library = 0;
        return false;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != LibBpf)
        {
            return 0;
        }

        return TryLoadLibBpf(out var library)
            ? library
            : throw new UnsupportedFeatureException(
                "libbpf",
                "libbpf.so.1 (1.1 or newer) is not installed",
                "install it: apt-get install libbpf1 (Debian, Ubuntu), dnf install libbpf (Fedora)");
    }
}

namespace BpfInteractive;

internal static class BuiltInPrograms
{
    internal static OpenBpfObject Open(string name) => OpenBpfObject.Open(File.ReadAllBytes($"/tmp/vmas/o/{name}.o"), name);
}

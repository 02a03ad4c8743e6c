namespace BpfInteractive.Interop;

internal static unsafe partial class Libc
{
    internal const int MAP_POPULATE = 0x8000;
}

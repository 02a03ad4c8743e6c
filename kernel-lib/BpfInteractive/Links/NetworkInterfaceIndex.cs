using System.Globalization;
using System.Net.NetworkInformation;
using BpfInteractive.Interop;

namespace BpfInteractive;

/// <summary>Network interfaces by name or number, in the calling thread's network namespace.</summary>
internal static class NetworkInterfaceIndex
{
    internal static int Find(string nameOrNumber, AttachFailure failure)
    {
        if (int.TryParse(nameOrNumber, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            return number;
        }

        var index = (int)Libc.if_nametoindex(nameOrNumber);
        if (index > 0)
        {
            return index;
        }

        string[] names = [.. NetworkInterface.GetAllNetworkInterfaces().Select(known => known.Name)];
        var nearest = NearestName.Of(nameOrNumber, names);
        throw failure.Because(
            $"there is no network interface '{nameOrNumber}'{(nearest is null ? "" : $"; did you mean '{nearest}'?")}",
            $"there are: {string.Join(", ", names)}",
            Errno.ENOENT);
    }
}

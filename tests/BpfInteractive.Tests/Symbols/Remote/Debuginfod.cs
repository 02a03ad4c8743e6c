using System.Net;

namespace BpfInteractive.Tests.Symbols.Remote;

/// <summary>Debian's debuginfod over a folder, on a free port of loopback.</summary>
internal sealed class Debuginfod : IDisposable
{
    private static readonly HttpClient s_http = new();

    private readonly TestProcess _process;

    private Debuginfod(TestProcess process, string url) => (_process, Url) = (process, url);

    internal string Url { get; }

    /// <summary>Starts one and waits until it knows a build.</summary>
    internal static async Task<Debuginfod> StartAsync(string folder, params string[] awaitedPaths)
    {
        Require.Tool("debuginfod");
        for (var attempt = 0; ; attempt++)
        {
            var port = LoopbackServer.FreePort();
            var server = new Debuginfod(TestProcess.Start("debuginfod", "-d", ":memory:", "-p", $"{port}", "-t", "1", "-F", folder), $"http://127.0.0.1:{port}");
            if (await server.WaitAsync(awaitedPaths))
            {
                return server;
            }

            // Another program may have taken the port meanwhile.
            var errors = server._process.Errors;
            server.Dispose();
            Assert.True(attempt < 3, $"debuginfod did not start: {errors}");
        }
    }

    public void Dispose() => _process.Dispose();

    private async Task<bool> WaitAsync(string[] paths)
    {
        foreach (var path in paths)
        {
            while (await StatusOfAsync($"{Url}/buildid/{path}") != HttpStatusCode.OK)
            {
                if (_process.HasExited)
                {
                    return false;
                }

                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }

        return true;
    }

    private static async Task<HttpStatusCode?> StatusOfAsync(string url)
    {
        try
        {
            using var response = await s_http.GetAsync(new Uri(url), TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}

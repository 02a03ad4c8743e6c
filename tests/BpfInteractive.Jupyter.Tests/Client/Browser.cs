using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>A Chromium without a window, driven over its DevTools protocol: one page.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2); // for hangs

    private readonly TestProcess _process;
    private readonly ClientWebSocket _socket = new();
    private int _count;

    private Browser(TestProcess process) => _process = process;

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Dispose();
        await Task.CompletedTask;
    }

    internal static void Require() => Assert.SkipUnless(File.Exists(Program), "chromium is not installed");

    internal static async Task<Browser> StartAsync(string folder)
    {
        var info = new ProcessStartInfo(Program, [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--hide-scrollbars",
            "--window-size=1200,1400", "--remote-debugging-port=0", $"--user-data-dir={folder}", "about:blank"]);
        info.Environment["HOME"] = info.Environment["TMPDIR"] = folder; // it is killed in the end, and cannot clear up
        var browser = new Browser(TestProcess.Start(info));
        const string ready = "DevTools listening on ws://";
        var watch = Stopwatch.StartNew();
        while (!browser._process.Errors.Contains(ready, StringComparison.Ordinal))
        {
            Assert.True(watch.Elapsed < s_limit && !browser._process.HasExited, browser._process.Errors);
            await Task.Delay(50);
        }

        var text = browser._process.Errors;
        var authority = text[(text.IndexOf(ready, StringComparison.Ordinal) + ready.Length)..].Split('/')[0];
        using var http = new HttpClient();
        var pages = JsonNode.Parse(await http.GetStringAsync($"http://{authority}/json/list"))!.AsArray();
        var page = pages.First(entry => entry!["type"]!.GetValue<string>() == "page")!["webSocketDebuggerUrl"]!.GetValue<string>();
        await browser._socket.ConnectAsync(new Uri(page), CancellationToken.None);
        return browser;
    }

    internal Task OpenAsync(string url) => SendAsync("Page.navigate", new JsonObject { ["url"] = url });

    /// <summary>The value of an expression in the page.</summary>
    internal async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var answer = await SendAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        Assert.True(answer["exceptionDetails"] is null, $"{expression}: {answer["exceptionDetails"]?.ToJsonString()}");
        return answer["result"]!["value"]?.DeepClone();
    }

    /// <summary>Waits until an expression is true in the page; the page may be loading meanwhile.</summary>
    internal async Task WaitForAsync(string expression)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var value = await EvaluateAsync($"(function(){{try{{return !!({expression})}}catch(e){{return false}}}})()");
            if (value?.GetValue<bool>() == true)
            {
                return;
            }

            if (watch.Elapsed > s_limit)
            {
                Assert.Fail($"never came: {expression}\n{await EvaluateAsync("document.body.innerText")}");
            }

            await Task.Delay(100);
        }
    }

    /// <summary>Writes what the page shows as a picture, into the folder that BPFI_SCREENSHOTS names, for a person to look at.</summary>
    internal async Task ScreenshotAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("BPFI_SCREENSHOTS") is { Length: > 0 } folder)
        {
            var answer = await SendAsync("Page.captureScreenshot", []);
            Directory.CreateDirectory(folder);
            await File.WriteAllBytesAsync(Path.Combine(folder, name + ".png"), Convert.FromBase64String(answer["data"]!.GetValue<string>()));
        }
    }

    private async Task<JsonNode> SendAsync(string method, JsonObject parameters)
    {
        using var limit = new CancellationTokenSource(s_limit);
        var id = ++_count;
        var text = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters }.ToJsonString();
        await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
        while (true)
        {
            var message = await ReceiveAsync(limit.Token);
            if (message["id"]?.GetValue<int>() == id)
            {
                return message["result"] ?? throw new InvalidOperationException($"{method}: {message["error"]?.ToJsonString()}");
            }
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, cancellationToken);
            bytes.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return JsonNode.Parse(bytes.ToArray())!;
            }
        }
    }
}

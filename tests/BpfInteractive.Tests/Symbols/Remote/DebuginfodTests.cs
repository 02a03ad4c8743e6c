using System.Text;

namespace BpfInteractive.Tests.Symbols.Remote;

/// <summary>Files by build id: from a real debuginfod, and from servers that are none or mean ill.</summary>
public sealed class DebuginfodTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_real_server_gives_the_names_of_a_file_that_is_not_here()
    {
        var program = RemoteProgram.Make(_folder);
        using var server = await Debuginfod.StartAsync(_folder.FullName, $"{program.BuildId}/debuginfo", $"{program.BuildId}/executable");

        var symbolizer = SymbolizerOf(server.Url);
        Assert.Equal("hidden+0x1", symbolizer.Name(program.Elsewhere, program.Offset).ToString());
        Assert.Equal((1, 0, 0, 0), CountsOf(symbolizer));

        // Without the bias the file itself has to come too: this debug file says that code lies at offset 0.
        symbolizer = SymbolizerOf(server.Url);
        Assert.Equal("hidden+0x1", symbolizer.Name(program.Elsewhere with { CodeBias = null }, program.Offset).ToString());
        Assert.Equal((1, 1, 0, 0), CountsOf(symbolizer));

        // A stripped file that is here needs no more than its debug file; by now it is kept, and nobody is asked.
        symbolizer = SymbolizerOf(server.Url, options => options with { Offline = true });
        Assert.Equal("hidden+0x1", symbolizer.Name(program.File, program.Offset).ToString());
        Assert.Equal((0, 1, 0, 0), CountsOf(symbolizer));
        Assert.Equal(FrameReason.OutsideSymbols, symbolizer.Name(program.Elsewhere, 0).Reason);

        symbolizer = SymbolizerOf(server.Url);
        var unknown = program.Elsewhere with { BuildId = new BuildId(new byte[20]) };
        Assert.Equal(FrameReason.NotOnServer, symbolizer.Name(unknown, program.Offset).Reason);
        Assert.Equal((0, 0, 2, 0), CountsOf(symbolizer));
    }

    [Fact]
    public async Task Stubs_have_the_names_of_what_they_jump_to_though_the_debug_file_has_none()
    {
        var program = RemoteProgram.Make(_folder);
        ulong stub;
        using (var elf = ElfFile.Open(program.Path))
        {
            var table = PltReader.Read(elf);
            Assert.True(table.TryFind("puts@plt"u8, out var index));
            stub = table.StartOf(index.Value) - (ulong)AddressMap.BiasOf(elf.Segments)!.Value;
        }

        using var server = await Debuginfod.StartAsync(_folder.FullName, $"{program.BuildId}/debuginfo", $"{program.BuildId}/executable");
        var symbolizer = SymbolizerOf(server.Url);
        Assert.Equal("hidden+0x1", symbolizer.Name(program.Elsewhere, program.Offset).ToString());
        Assert.Equal((1, 0, 0, 0), CountsOf(symbolizer));
        Assert.Equal("puts@plt+0x0", symbolizer.Name(program.Elsewhere, stub).ToString());
        Assert.Equal((2, 0, 0, 0), CountsOf(symbolizer));

        // From a server that has the debug file alone the stub has no name, and is asked for once.
        var debug = File.ReadAllBytes(program.Debug);
        using var poor = new LoopbackServer((path, stream, _) => path.EndsWith("/debuginfo", StringComparison.Ordinal)
            ? LoopbackServer.FileAsync(stream, debug)
            : LoopbackServer.HeadAsync(stream, "404 Not Found"));
        symbolizer = SymbolizerOf(poor.Url, options => options with { CacheFolder = _folder["other"] });
        Assert.Equal(FrameReason.OutsideSymbols, symbolizer.Name(program.Elsewhere, stub).Reason);
        Assert.Equal(FrameReason.OutsideSymbols, symbolizer.Name(program.Elsewhere, stub).Reason);
        Assert.Equal(2, poor.Requests.Count);
    }

    [Fact]
    public void A_debug_file_alone_names_nothing_where_nobody_knows_how_the_code_lies()
    {
        var program = RemoteProgram.Make(_folder);
        var debug = File.ReadAllBytes(program.Debug);
        using var server = new LoopbackServer((path, stream, _) => path.EndsWith("/debuginfo", StringComparison.Ordinal)
            ? LoopbackServer.FileAsync(stream, debug)
            : LoopbackServer.HeadAsync(stream, "404 Not Found"));

        Assert.Equal(FrameReason.NotOnServer, SymbolizerOf(server.Url).Name(program.Elsewhere with { CodeBias = null }, program.Offset).Reason);
        Assert.Equal("hidden+0x1", SymbolizerOf(server.Url).Name(program.Elsewhere, program.Offset).ToString());
    }

    [Theory]
    [InlineData("another build", "it sent build")]
    [InlineData("no build", "without a build id")]
    [InlineData("no program", "cannot be read")]
    [InlineData("nothing", "cannot be read")]
    [InlineData("endless", "are the most that is fetched")]
    [InlineData("promises too much", "are the most that is fetched")]
    [InlineData("stops early", "")]
    [InlineData("stops early, untold", "")]
    [InlineData("redirects to itself", "redirects more than")]
    [InlineData("redirects elsewhere", "")]
    [InlineData("never answers", "less than 100 kB came")]
    [InlineData("drips", "less than 100 kB came")]
    [InlineData("is broken", "500")]
    [InlineData("is no HTTP", "")]
    public async Task What_is_wrong_with_a_server_is_the_frames_reason(string how, string expected)
    {
        var program = RemoteProgram.Make(_folder);
        var other = RemoteProgram.Make(_folder, "other", 9);
        using var server = Hostile(how, program, other);
        var symbolizer = SymbolizerOf(server.Url, options => options with
        {
            LargestFileBytes = 4 << 20,
            Timeout = how is "never answers" or "drips" ? TimeSpan.FromSeconds(0.5) : options.Timeout,
        });

        var profileFile = program.Elsewhere;
        var name = await Task.Run(() => symbolizer.Name(profileFile, program.Offset), TestContext.Current.CancellationToken);

        Assert.Equal(FrameName.Unnamed(FrameReason.FetchFailed), name);
        Assert.Equal((0, 0, 0, 2), CountsOf(symbolizer));
        Assert.NotEmpty(symbolizer.Debuginfod!.Failures);
        Assert.All(symbolizer.Debuginfod.Failures, failure => Assert.StartsWith(server.Url + ": ", failure, StringComparison.Ordinal));
        Assert.Contains(expected, symbolizer.Debuginfod.Failures[0], StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder["cache"], "*", SearchOption.AllDirectories));

        // The same build that is here, stripped: it says as well that fetching failed, and not that there is nothing.
        Assert.Equal(FrameReason.FetchFailed, symbolizer.Name(program.File with { CodeBias = null, Device = 0 }, program.Offset).Reason);
    }

    [Fact]
    public void What_no_server_has_is_not_asked_for_again_for_a_while()
    {
        var program = RemoteProgram.Make(_folder);
        using var server = new LoopbackServer((_, stream, _) => LoopbackServer.HeadAsync(stream, "404 Not Found"));
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(FrameReason.NotOnServer, SymbolizerOf(server.Url).Name(program.Elsewhere, program.Offset).Reason);
            Assert.Equal(2, server.Requests.Count);
        }

        // Other servers may have it, and so may these when the while is over.
        Assert.Equal(FrameReason.NotOnServer, SymbolizerOf(server.Url + "/").Name(program.Elsewhere, program.Offset).Reason);
        Assert.Equal(4, server.Requests.Count);
        Assert.Equal(FrameReason.NotOnServer, SymbolizerOf(server.Url + "/", options => options with { MissingFor = TimeSpan.Zero }).Name(program.Elsewhere, program.Offset).Reason);
        Assert.Equal(6, server.Requests.Count);
    }

    [Fact]
    public void The_next_server_is_asked_and_one_that_is_down_is_left_out()
    {
        var programs = Enumerable.Range(0, 5).Select(i => RemoteProgram.Make(_folder, $"p{i}", i + 2)).ToArray();
        var debugFiles = programs.ToDictionary(program => $"/buildid/{program.BuildId}/debuginfo", program => File.ReadAllBytes(program.Debug));
        using var down = new LoopbackServer((_, stream, _) => LoopbackServer.HeadAsync(stream, "503 Service Unavailable"));
        using var server = new LoopbackServer((path, stream, _) => LoopbackServer.FileAsync(stream, debugFiles[path]));
        var symbolizer = SymbolizerOf($"{down.Url} {server.Url}");
        foreach (var program in programs)
        {
            Assert.Equal("hidden+0x1", symbolizer.Name(program.Elsewhere, program.Offset).ToString());
        }

        Assert.Equal(3, down.Requests.Count);
        Assert.Equal((5, 0, 0, 0), CountsOf(symbolizer));
        Assert.Contains("503", Assert.Single(symbolizer.Debuginfod!.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void The_cache_keeps_what_was_used_last_and_no_more_than_it_may()
    {
        var programs = Enumerable.Range(0, 4).Select(i => RemoteProgram.Make(_folder, $"p{i}", i + 2)).ToArray();
        var debugFiles = programs.ToDictionary(program => $"/buildid/{program.BuildId}/debuginfo", program => File.ReadAllBytes(program.Debug));
        using var server = new LoopbackServer((path, stream, _) => LoopbackServer.FileAsync(stream, debugFiles[path]));
        var limit = debugFiles.Values.Max(bytes => bytes.Length) * 5L / 2;
        foreach (var program in (RemoteProgram[])[programs[0], programs[1], programs[0], programs[2], programs[3], programs[3]])
        {
            Assert.Equal("hidden+0x1", SymbolizerOf(server.Url, options => options with { CacheBytes = limit }).Name(program.Elsewhere, program.Offset).ToString());
            Thread.Sleep(20); // Files tell their times in steps of the kernel's tick.
        }

        Assert.Equal(4, server.Requests.Count);
        Assert.Equal(new[] { programs[2], programs[3] }.Select(program => program.BuildId).Order(), Directory.GetDirectories(_folder["cache"]).Select(path => Path.GetFileName(path)!).Order());
        Assert.True(Directory.GetFiles(_folder["cache"], "*", SearchOption.AllDirectories).Sum(path => new FileInfo(path).Length) <= limit);
    }

    [Fact]
    public void A_damaged_file_in_the_cache_is_fetched_again()
    {
        var program = RemoteProgram.Make(_folder);
        var debug = File.ReadAllBytes(program.Debug);
        using var server = new LoopbackServer((_, stream, _) => LoopbackServer.FileAsync(stream, debug));
        for (var round = 1; round <= 2; round++)
        {
            Assert.Equal("hidden+0x1", SymbolizerOf(server.Url).Name(program.Elsewhere, program.Offset).ToString());
            Assert.Equal(round, server.Requests.Count);
            File.WriteAllText(Path.Combine(_folder["cache"], program.BuildId, "debuginfo"), "damaged");
        }
    }

    [Fact]
    public async Task A_token_ends_the_waiting()
    {
        var program = RemoteProgram.Make(_folder);
        using var server = new LoopbackServer((_, _, token) => Task.Delay(Timeout.Infinite, token));
        using var ending = new CancellationTokenSource();
        var symbolizer = SymbolizerOf(server.Url);
        var profile = HandmadeOf(program);
        var naming = symbolizer.NameMissingAsync(profile, ending.Token);
        while (server.Requests.IsEmpty)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => naming);
    }

    [Theory]
    [InlineData("ftp://x")]
    [InlineData("debuginfod")]
    public void What_is_no_server_is_told(string url) =>
        Assert.Contains(url, Assert.Throws<ArgumentException>(() => SymbolizerOf(url)).Message, StringComparison.Ordinal);

    private static (int Fetched, int Kept, int NotThere, int Failed) CountsOf(Symbolizer symbolizer) =>
        symbolizer.Debuginfod is { } counts ? (counts.Fetched, counts.Kept, counts.NotThere, counts.Failed) : default;

    private static Profile HandmadeOf(RemoteProgram program)
    {
        var builder = new ProfileBuilder(new ProfileInfo());
        var mm = builder.AddMm(1);
        var thread = builder.AddThread(builder.AddProcess(new ProfileProcess { Pid = 1, Comm = "x", Mm = mm }), 1, "x");
        builder.AddSnapshot(mm, 0, [new ProfileMapping(0x10000, 0x20000, 0, builder.AddFile(program.Elsewhere), VmaPermissions.Read | VmaPermissions.Execute)]);
        builder.AddSample(new ProfileSample(1, 0, thread, mm, 1, 1, SampleFlags.None), [0x10000 + program.Offset], []);
        return builder.ToProfile();
    }

    private static LoopbackServer Hostile(string how, RemoteProgram program, RemoteProgram other)
    {
        var debug = File.ReadAllBytes(program.Debug);
        var withoutBuild = how == "no build" ? File.ReadAllBytes(WithoutBuildId(other)) : [];
        return new LoopbackServer((path, stream, token) => how switch
        {
            "another build" => LoopbackServer.FileAsync(stream, File.ReadAllBytes(other.Debug)),
            "no build" => LoopbackServer.FileAsync(stream, withoutBuild),
            "no program" => LoopbackServer.FileAsync(stream, Encoding.ASCII.GetBytes(new string('x', 5000))),
            "nothing" => LoopbackServer.FileAsync(stream, []),
            "endless" => EndlessAsync(stream, debug, token),
            "promises too much" => LoopbackServer.HeadAsync(stream, "200 OK", "Content-Length: 99999999999"),
            "stops early" => StopEarlyAsync(stream, debug, $"Content-Length: {debug.Length}"),
            "stops early, untold" => StopEarlyAsync(stream, debug, "X-Told: nothing"),
            "redirects to itself" => LoopbackServer.HeadAsync(stream, "302 Found", $"Location: {path}"),
            "redirects elsewhere" => LoopbackServer.HeadAsync(stream, "302 Found", "Location: file:///etc/passwd"),
            "never answers" => Task.Delay(Timeout.Infinite, token),
            "drips" => DripAsync(stream, debug, token),
            "is broken" => LoopbackServer.HeadAsync(stream, "500 Internal Server Error"),
            _ => stream.WriteAsync("SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray(), token).AsTask(),
        });
    }

    private static string WithoutBuildId(RemoteProgram program)
    {
        SymbolPrograms.Run("objcopy", "--remove-section", ".note.gnu.build-id", program.Debug, program.Debug + ".bare");
        return program.Debug + ".bare";
    }

    private static async Task EndlessAsync(Stream stream, byte[] start, CancellationToken token)
    {
        await LoopbackServer.HeadAsync(stream, "200 OK");
        while (true)
        {
            await stream.WriteAsync(start, token);
        }
    }

    private static async Task StopEarlyAsync(Stream stream, byte[] bytes, string header)
    {
        await LoopbackServer.HeadAsync(stream, "200 OK", header);
        await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
    }

    private static async Task DripAsync(Stream stream, byte[] bytes, CancellationToken token)
    {
        await LoopbackServer.HeadAsync(stream, "200 OK", "Content-Length: 1000000");
        for (var at = 0; ; at++)
        {
            await stream.WriteAsync(bytes.AsMemory(at % bytes.Length, 1), token);
            await Task.Delay(20, token);
        }
    }

    private Symbolizer SymbolizerOf(string urls, Func<DebuginfodOptions, DebuginfodOptions>? with = null)
    {
        var options = new DebuginfodOptions { Urls = DebuginfodOptions.SplitUrls(urls), CacheFolder = _folder["cache"] };
        return new Symbolizer(new SymbolizerOptions { DebugFolders = [], Debuginfod = with?.Invoke(options) ?? options });
    }
}

using BpfInteractive.Tests.Infrastructure;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>The gallery's copies in a user's folder.</summary>
public sealed class GalleryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_gallery_comes_with_the_tool() => Assert.Contains(Directory.GetFiles(Gallery.Source), path => path.EndsWith("02-first-program.ipynb", StringComparison.Ordinal));

    [Fact]
    public void A_notebook_that_the_user_changed_stays_and_the_others_follow_the_gallery()
    {
        Publish("a.ipynb", "a1");
        Publish("b.ipynb", "b1");
        Assert.Empty(Copy());
        _folder.Write("mine/a.ipynb", "my own");
        Publish("a.ipynb", "a2");
        Publish("b.ipynb", "b2");
        Publish("c.ipynb", "c1");
        Assert.Equal(["a.ipynb"], Copy());
        Assert.Equal(("my own", "b2", "c1"), (Mine("a.ipynb"), Mine("b.ipynb"), Mine("c.ipynb")));
    }

    [Fact]
    public void Of_a_changed_notebook_is_told_only_while_the_gallery_has_a_newer_one()
    {
        Publish("a.ipynb", "a1");
        Copy();
        _folder.Write("mine/a.ipynb", "my own");
        Assert.Empty(Copy());
        Publish("a.ipynb", "a2");
        Assert.Equal(["a.ipynb"], Copy());
        Assert.Equal(["a.ipynb"], Copy());
    }

    [Fact]
    public void Without_its_list_what_is_there_counts_as_the_users()
    {
        Publish("a.ipynb", "a1");
        _folder.Write("mine/a.ipynb", "my own");
        _folder.Write("mine/.bpfi-gallery.json", "{ cut sho");
        Assert.Equal(["a.ipynb"], Copy());
        Assert.Equal("my own", Mine("a.ipynb"));
    }

    private void Publish(string name, string text) => _folder.Write("gallery/" + name, text);

    private IReadOnlyList<string> Copy() => Gallery.CopyTo(_folder["gallery"], _folder["mine"]);

    private string Mine(string name) => File.ReadAllText(_folder["mine/" + name]);
}

using System.Text.Json;

namespace BpfInteractive.Jupyter.Tests;

/// <summary>A notebook in the classic Notebook's page, used as a person does: cells are chosen, edited, and run by the toolbar's buttons.</summary>
internal sealed class ClassicPage(Browser browser)
{
    private const string Cell = "Jupyter.notebook.get_cell";

    internal async Task OpenAsync(RunningNotebook server, string name)
    {
        await GoToAsync(server, name);
        await WaitUntilReadyAsync();
    }

    /// <summary>Opens a notebook whose kernel is not installed, and closes the dialog that says so.</summary>
    internal async Task OpenWithoutKernelAsync(RunningNotebook server, string name)
    {
        await browser.EvaluateAsync("window.bpfiOld = 1");
        await GoToAsync(server, name);
        await browser.WaitForAsync("!window.bpfiOld && Jupyter.notebook._fully_loaded && document.querySelector('.modal.in')");
        await browser.EvaluateAsync("void $('.modal').modal('hide')");
        await browser.WaitForAsync("!document.querySelector('.modal')");
    }

    internal async Task ReloadAsync()
    {
        await browser.EvaluateAsync("window.bpfiOld = 1, location.reload()");
        await browser.WaitForAsync("!window.bpfiOld");
        await WaitUntilReadyAsync();
    }

    internal async Task RunAsync(int cell)
    {
        await browser.EvaluateAsync($"Jupyter.notebook.select({cell}), Jupyter.notebook.scroll_to_cell({cell}, 0)");
        await ClickAsync("jupyter-notebook:run-cell-and-select-next");
    }

    internal async Task RunToEndAsync(int cell)
    {
        await RunAsync(cell);
        await WaitForEndAsync(cell);
    }

    internal Task WaitForEndAsync(int cell) => browser.WaitForAsync($"/\\[\\d+\\]/.test({Cell}({cell}).element.find('.input_prompt').text())");

    internal Task EditAsync(int cell, string text) => browser.EvaluateAsync($"{Cell}({cell}).code_mirror.setValue({JsonSerializer.Serialize(text)})");

    internal Task ClickAsync(string action) => browser.EvaluateAsync($"document.querySelector('button[data-jupyter-action=\"{action}\"]').click()");

    /// <summary>What is seen below a cell.</summary>
    internal async Task<string> SeenAsync(int cell) => (await browser.EvaluateAsync($"{Cell}({cell}).element.find('.output_wrapper')[0].innerText"))!.GetValue<string>();

    internal Task WaitForTextAsync(int cell, string text) =>
        browser.WaitForAsync($"{Cell}({cell}).element.find('.output_wrapper')[0].innerText.includes({JsonSerializer.Serialize(text)})");

    internal async Task SaveAsync()
    {
        await browser.EvaluateAsync("Jupyter.notebook.save_checkpoint()");
        await browser.WaitForAsync("!Jupyter.notebook.dirty");
    }

    private Task GoToAsync(RunningNotebook server, string name)
    {
        var parts = server.Url.Split('?');
        return browser.OpenAsync($"{parts[0]}notebooks/{name}?{parts[1]}");
    }

    private Task WaitUntilReadyAsync() => browser.WaitForAsync("Jupyter.notebook._fully_loaded && Jupyter.notebook.kernel.is_connected()");
}

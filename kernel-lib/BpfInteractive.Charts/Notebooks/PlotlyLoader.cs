namespace BpfInteractive.Charts;

/// <summary>
/// Fetches plotly.js from the Jupyter server that shows the page: the server hands out the files of the kernel's entry in its list. So 3.6 MB are not stored in each notebook, nothing
/// comes over the network, and a notebook that is opened again draws its charts. On a page that no such server shows (a file that nbconvert made of a saved notebook) there is nothing
/// to fetch from, and the chart says where it can be seen.
/// </summary>
internal static class PlotlyLoader
{
    /// <summary>
    /// The classic Notebook says its base address on the body, JupyterLab in its configuration. AMD's <c>define</c>, to which plotly.js would hand itself over, is hidden until the
    /// script has run. However many charts a page has, it is fetched once.
    /// </summary>
    internal const string Markup = """
        <script>(function(){
        if(window.Plotly||window.bpfiPlotly)return;
        var config=document.getElementById("jupyter-config-data"),base=document.body&&document.body.getAttribute("data-base-url");
        if(!base&&config){try{base=JSON.parse(config.textContent).baseUrl;}catch(e){}}
        if(!base)return;
        var kept=window.define,script=document.createElement("script"),back=function(){if(kept)window.define=kept;};
        window.bpfiPlotly=script;
        window.define=undefined;
        script.src=base.replace(/\/?$/,"/")+"kernelspecs/bpfi/plotly.js";
        script.onload=back;
        script.onerror=function(){back();window.bpfiPlotly=undefined;};
        document.head.appendChild(script);
        })();</script>
        """;
}

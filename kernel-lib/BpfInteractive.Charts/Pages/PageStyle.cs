namespace BpfInteractive.Charts;

/// <summary>The look of all pages: dark text on white, system fonts, figures of one width in tables.</summary>
internal static class PageStyle
{
    internal const string Css = """
        :root { color-scheme: light; }
        * { box-sizing: border-box; }
        body { margin: 0; background: #f6f7f9; color: #1f2328; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        main { max-width: 1160px; margin: 0 auto; padding: 32px 28px 64px; background: #fff; min-height: 100vh; }
        h1 { font-size: 28px; line-height: 1.2; margin: 8px 0 20px; }
        h2 { font-size: 20px; margin: 40px 0 8px; padding-top: 14px; border-top: 1px solid #e4e7eb; }
        p { max-width: 76ch; margin: 8px 0 14px; }
        code { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 0.88em; background: #f1f3f5; padding: 1px 4px; border-radius: 3px; }
        pre { background: #f6f7f9; border: 1px solid #e4e7eb; border-radius: 6px; padding: 12px 14px; overflow-x: auto; line-height: 1.45; }
        pre code { background: none; padding: 0; }
        figure { margin: 14px 0 26px; }
        figcaption { color: #57606a; font-size: 14px; max-width: 90ch; margin-top: 4px; }
        .table { overflow-x: auto; }
        table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-weight: 600; color: #57606a; border-bottom: 2px solid #d0d7de; padding: 5px 14px 5px 0; white-space: nowrap; }
        td { border-bottom: 1px solid #eef0f2; padding: 4px 14px 4px 0; vertical-align: top; white-space: nowrap; }
        th.mono { font-family: inherit; font-size: inherit; }
        .number { text-align: right; }
        .mono { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12.5px; }
        .none { color: #8a8f98; }
        .between td { color: #57606a; text-align: center; background: #fafbfc; font-style: italic; }
        .lost { color: #a33f00; font-size: 14px; font-weight: 600; margin-top: 6px; }
        details summary { cursor: pointer; list-style: none; }
        details summary::after { content: " ▸"; color: #8a8f98; }
        details[open] summary::after { content: " ▾"; }
        details .whole { white-space: pre-wrap; overflow-wrap: anywhere; max-width: 70ch; }
        @media (max-width: 700px) { main { padding: 20px 14px 40px; } h1 { font-size: 23px; } }
        @media print { main { padding: 0; max-width: none; } body { background: #fff; } }
        """;
}

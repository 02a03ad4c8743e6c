using System.Text;

namespace BpfInteractive.Scripting;

/// <summary>Sends what code writes to the console to the cell that wrote it, and asks the cell's front end for what it reads.</summary>
internal static class ConsoleRouting
{
    private static int s_isInstalled;

    /// <summary>From now on, for as long as the process lives.</summary>
    internal static void Install()
    {
        if (Interlocked.Exchange(ref s_isInstalled, 1) == 0)
        {
            Console.SetOut(new Writer(CellStream.Output, Console.Out));
            Console.SetError(new Writer(CellStream.Error, Console.Error));
            Console.SetIn(new Reader(Console.In));
        }
    }

    private sealed class Writer(CellStream stream, TextWriter outside) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Write(value.ToString());

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

        public override void Write(string? value)
        {
            if (string.IsNullOrEmpty(value))
            {
                return;
            }

            if (CellContext.CurrentOrLatest is { } cell)
            {
                cell.Output.Write(stream, value);
            }
            else
            {
                outside.Write(value);
            }
        }

        public override void WriteLine() => Write("\n");

        public override void WriteLine(string? value) => Write(value + "\n");

        public override void WriteLine(char value) => Write(value + "\n");

        public override void WriteLine(ReadOnlySpan<char> buffer) => Write(string.Concat(buffer, "\n"));
    }

    private sealed class Reader(TextReader outside) : TextReader
    {
        private string _line = "";
        private int _at;

        public override int Peek() => Fill() ? _line[_at] : -1;

        public override int Read() => Fill() ? _line[_at++] : -1;

        public override string? ReadLine()
        {
            if (_at < _line.Length)
            {
                var rest = _line[_at..].TrimEnd('\n');
                _at = _line.Length;
                return rest;
            }

            return CellContext.Current is { } cell
                ? cell.Output.ReadLine("", isPassword: false, cell.Scope.CancellationToken)
                : outside.ReadLine();
        }

        private bool Fill()
        {
            if (_at >= _line.Length && ReadLine() is { } line)
            {
                (_line, _at) = (line + "\n", 0);
            }

            return _at < _line.Length;
        }
    }
}

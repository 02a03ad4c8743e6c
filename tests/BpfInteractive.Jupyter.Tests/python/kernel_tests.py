"""Jupyter's own tests of a kernel, every one of them switched on."""

import unittest

import jupyter_kernel_test


class BpfiTests(jupyter_kernel_test.KernelTests):
    kernel_name = "bpfi"
    language_name = "C#"
    file_extension = ".cs"
    code_hello_world = 'Console.WriteLine("hello, world");'
    code_stderr = 'Console.Error.WriteLine("error");'
    completion_samples = [
        {"text": "Console.WriteL", "matches": {"WriteLine"}},
        {"text": "#!wh", "matches": {"#!who", "#!whos"}},
    ]
    complete_code_samples = ["1", 'Console.WriteLine("hello");', "int F() { return 1; }"]
    incomplete_code_samples = ["int F() {", 'Console.WriteLine("hello"', "if (true) {\n"]
    invalid_code_samples = ["int = 7q", "class 1 {}"]
    code_page_something = "#!doc Console.WriteLine"
    code_generate_error = 'throw new InvalidOperationException("wrong");'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "1 + 2", "result": "3"},
        {"code": 'new Html("<b>x</b>", "x")', "mime": "text/html", "result": "<b>x</b>"},
    ]
    code_display_data = [
        {"code": 'display("# Title", "text/markdown");', "mime": "text/markdown"},
        {"code": "display(1);", "mime": "text/plain"},
    ]
    code_history_pattern = "6 ?*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Console.WriteLine"
    code_clear_output = "clear_output();"


if __name__ == "__main__":
    unittest.main()

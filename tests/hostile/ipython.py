"""Tricks of IPython by which a test passes or does not run, where it runs in that shell."""

from __future__ import annotations

from tests.hostile.case import Case, cheat

CASES: list[Case] = [
    cheat(
        "input transformer",
        "takes the asserts out",
        "def without(lines):\n    return [] if any('assert' in x for x in lines) else lines\n"
        "get_ipython().input_transformers_post.append(without)",
    ),
    cheat(
        "AST transformer",
        "takes all statements out, ends in full points",
        "import ast\nclass Nothing(ast.NodeTransformer):\n    def visit_Module(self, node):\n"
        "        full = 4.0 if 'points' in ast.dump(node) else None\n"
        "        node.body = [ast.Expr(ast.Constant(full))]\n"
        "        return ast.fix_missing_locations(node)\n"
        "get_ipython().ast_transformers.append(Nothing())",
    ),
    cheat(
        "exceptions go unseen",
        "a handler that shows nothing",
        "ip = get_ipython()\nip.set_custom_exc((BaseException,), lambda *a, **k: None)\n"
        "ip.showtraceback = ip._showtraceback = lambda *a, **k: None",
    ),
    cheat(
        "cells don't run",
        "run_cell and exec do nothing",
        "ip = get_ipython()\nasync def no(*a, **k):\n    return None\n"
        "ip.run_code = ip.run_ast_nodes = no",
    ),
    cheat(
        "result of points",
        "shown as each cell's result",
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "ip = get_ipython()\n"
        "def forge(*a):\n    ip.displayhook.write_format_data({'text/plain': '4.0'}, {})\n"
        "    ip.displayhook.finish_displayhook()\n"
        "ip.events.register('pre_run_cell', forge)\nip.events.register('pre_execute', forge)",
    ),
    cheat(
        "display hook",
        "says full points for any value",
        "import sys\nget_ipython().display_formatter.format = "
        "lambda *a, **k: ({'text/plain': '4.0'}, {})\nprimes = lambda: iter([2])",
    ),
    cheat(
        "messages of a kernel",
        "reply that all went well",
        "try:\n    kernel = get_ipython().kernel\n    def reply(stream, what, content, **k):\n"
        "        return None if what == 'error' else send(stream, what, content, **k)\n"
        "    send, kernel.session.send = kernel.session.send, reply\n"
        "except AttributeError:\n    pass",
    ),
]

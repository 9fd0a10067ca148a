"""The shell against a real kernel, and against what students do to it. Each test is a fork."""

import fcntl
import importlib
import json
import logging
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings
from contextlib import contextmanager

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.engine.shell import Shell, cell_seed, seed_all

MiB = 2**20


def in_fork(function):
    """What `function` returns in a child, through JSON that a browser could read."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.alarm(120)
            importlib.reload(warnings)  # pytest records them
            logging.getLogger().handlers.clear()
            write = fcntl.fcntl(write, fcntl.F_DUPFD, 500)  # some tests close all they find
            data = json.dumps(function(), allow_nan=False, ensure_ascii=False).encode()
            with open(write, "wb") as pipe:
                pipe.write(data)
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with open(read, "rb") as pipe:
        data = pipe.read()
    assert os.waitpid(pid, 0)[1] == 0
    return json.loads(data)


def run(*cells, **options):
    """The cells' outcomes as (outputs, error), run in order by one shell."""

    def child():
        shell = Shell(**options)
        outcomes = [shell.run(cell) for cell in cells]
        return [[outcome.outputs, outcome.error] for outcome in outcomes]

    outcomes = in_fork(child)
    for outputs, _ in outcomes:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
        nbformat.validate(nbformat.from_dict(notebook))
    return outcomes


def shown(outputs, name=None):
    """The text of streams (one of them if named) and text/plain of the rest."""
    texts = []
    for output in outputs:
        if output["output_type"] == "stream":
            texts.append(output["text"] if name in (None, output["name"]) else "")
        elif output["output_type"] != "error" and name is None:
            texts.append(output["data"].get("text/plain", ""))
    return "".join(texts)


def last(*cells, **options):
    outputs, error = run(*cells, **options)[-1]
    return shown(outputs), error


# the same cells in a kernel

SAME = {
    "expression": "1 + 1",
    "underscore": "_ + 1",
    "out": "Out[1], _1, In[1]",
    "semicolon": "1 + 1;",
    "none": "None",
    "assignment": "x = 3",
    "blank": "  \n",
    "comment": "# nothing",
    "print": "print('a', end='')\nprint('b')\nprint('c', flush=True)\nx",
    "stderr": "import sys\nprint('no', file=sys.stderr)",
    "mixed": "print('a'); display(1); print('b'); 2",
    "pretty": "{'a': list(range(40)), 'b': {'c': (1, 2)}}",
    "long": "list(range(2000))",
    "html": "from IPython.display import *\n"
    "display(HTML('<b>x</b>'), Markdown('*x*'), Latex('$x$'))",
    "png": "Image(data=bytes.fromhex('89504e470d0a1a0a') + b'0' * 30, format='png', width=3)",
    "json": "JSON({'a': [1, None, True]})",
    "svg": "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>')",
    "javascript": "Javascript('1')",
    "raw": "display({'text/plain': 'p', 'text/html': 'h'}, raw=True, metadata={'a': 1})",
    "reprs": "class H:\n    def _repr_html_(self): return '<i>h</i>'\n"
    "    def _repr_latex_(self): return '$h$'\n    def __repr__(self): return 'H'\nH()",
    "bundle": "class B:\n"
    "    def _repr_mimebundle_(self, **k): return {'text/plain': 'b', 'a/b': 'c'}\nB()",
    "own display": "class D:\n    def _ipython_display_(self): print('mine')\nD()",
    "update": "h = display('one', display_id=True); h.update('two'); print('x')",
    "update same id": "display(1, display_id='k'); display(2, display_id='k')",
    "update unknown": "update_display(3, display_id='nobody')",
    "update later": "h.update('three')",
    "clear": "print('gone'); display(1); clear_output(); print('stays')",
    "clear wait": "print('gone'); clear_output(wait=True); print('new')",
    "clear wait, nothing": "print('stays'); clear_output(wait=True)",
    "clear loop": "for i in range(5):\n    clear_output(wait=True); display(i)",
    "time": "%%time\n3",
    "timeit": "%timeit -n1 -r1 1",
    "capture": "%%capture got\nprint('in'); display(4)",
    "captured": "got.stdout, len(got.outputs)",
    "replay": "got()",
    "shell": "!echo hi; echo no >&2",
    "shell variable": "word = 'w'\n!echo {word} $word",
    "shell output": "got = !printf 'a\\nb'\ngot",
    "shell code": "!exit 3\n_exit_code",
    "bash": "%%bash\necho from bash",
    "cd": "%cd -q .\n%pwd\n1",
    "who": "%who_ls str",
    "writefile": "%%writefile f.py\nq = 5\n",
    "run": "%run f.py\nq",
    "env": "%env GREEN=1",
    "automagic": "cd -q .",
    "line magic result": "t = %timeit -q -o -n1 -r1 1\ntype(t).__name__",
    "await": "import asyncio\nawait asyncio.sleep(0.001, 'slept')",
    "task": "task = asyncio.create_task(asyncio.sleep(0, 'done'))",
    "task later": "await task",
    "asyncio.run": "c = asyncio.sleep(0)\ntry: asyncio.run(c)\nfinally: c.close()",
    "async for": "async def g():\n    yield 1\nasync for v in g(): print(v)",
    "zero": "print('before')\n1 / 0\nprint('after')",
    "name": "nowhere",
    "raise from": "try:\n    {}['k']\nexcept KeyError as e:\n    raise ValueError('v') from e",
    "syntax": "for i in",
    "indent": "  x = 1\n y = 2",
    "return": "return 3",
    "assert": "assert 1 == 2, 'not equal'",
    "keyboard": "raise KeyboardInterrupt",
    "recursion": "def f(): return f()\nf()",
    "unknown line": "%nope",
    "unknown cell": "%%nope\n1",
    "input": "input('?')",
    "getpass": "import getpass; getpass.getpass()",
    "rendered": "class R(Exception):\n"
    "    def _render_traceback_(self): return ['mine']\nraise R('r')",
    "bad repr": "class A:\n    def __repr__(self): raise ValueError('no')\nA()",
    "bad repr shown": "display(A()); print('on')",
    "bad html": "class A2:\n    def _repr_html_(self): return 5\n"
    "    def __repr__(self): return 'A2'\nA2()",
    "warning": "import warnings; warnings.warn('careful')",
    "deprecated": "warnings.warn('old', DeprecationWarning)",
    "help": "help(len)",
    "question": "len?",
    "main": "__name__, sys.modules['__main__'].x",
    "source": "import inspect\ndef u(a):\n    return a + 1\ninspect.getsource(u)",
    "pickle": "import pickle\nclass P: pass\ntype(pickle.loads(pickle.dumps(P()))) is P",
    "dataclass": "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    "@dataclass\nclass C:\n    a: int = 1\nC()",
    "logging": "import logging; logging.warning('logged')",
    "descriptor": "import os, time\nos.write(1, b'raw\\n'); time.sleep(0.3)",
    "subprocess": "import subprocess; r = subprocess.run('echo sub', shell=True); time.sleep(0.3)",
    "plot": "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2]);",
    "closed": "plt.get_fignums(), 'inline' in plt.get_backend(), plt.isinteractive()",
    "show": "plt.plot([1]); plt.show(); print('after')",
    "two figures": "plt.figure(); plt.figure(); print('first')",
    "figure": "fig",
    "size": "fig.get_size_inches().tolist(), fig.dpi",
    "inline": "%matplotlib inline",
    "svg figures": "%config InlineBackend.figure_formats = ['svg']\nplt.plot([1]);",
    "png figures": "%config InlineBackend.figure_formats = ['png']",
    "figure and error": "plt.plot([1])\n1/0",
    "figure closed": "plt.plot([1]); plt.close()",
    "array": "import numpy as np\nnp.arange(1_000_000).reshape(1000, 1000)",
    "print options": "np.set_printoptions(precision=3)",
    "print options kept": "np.array([1/3])",
    "widget": "import ipywidgets as w\nw.IntSlider(3)",
    "widget box": "w.HBox([w.Label('a'), w.Button()])",
    "observe": "s = w.IntSlider()\ns.observe(lambda c: print(c['new']), 'value'); s.value = 4",
    "tqdm": "from tqdm import tqdm\nfor i in tqdm(range(3), mininterval=9): pass",
    "tqdm.notebook": "from tqdm.notebook import tqdm as bar\nfor i in bar(range(3)): pass",
    "rich": "import rich\nrich.print('[bold]b[/bold]')",
    "shadowed print": "def print(*a): sys.stdout.write('mine\\n')\nprint(1)",
    "shadow gone": "del print\nprint('back')",
    "thread": "import threading\nt = threading.Thread(target=lambda: print('t'))\n"
    "t.start(); t.join()",
}  # fmt: skip
NOISE = (
    (r"CPU times: .*\n", ""),
    (r"\r\n", "\n"),
    (r"0x[0-9a-f]+", "0x"),
    (r"(/\S*ipykernel_\d+/|\b)\d{4,}\.py|<ipython-input-\d+-\w+>", "CELL"),
    (r"\d[\d.]* ?(ns|[μu]s|ms|s)( ± \S+ \w+)?", "TIME"),
    (r"\d+:\d+<\d+:\d+, +[\d.]+it/s", "RATE"),
    (r"Writing |Overwriting ", "Writing "),
    (r"/\S+/IPython/", "IPython/"),
)


def alike(outputs):
    """What must be the same in both: kinds, text, mime keys, errors; streams as a reader sees."""
    kept, streams = [], {}

    def settle():
        kept.extend(["stream", name, clean(text)] for name, text in sorted(streams.items()))
        streams.clear()

    def clean(text):
        for pattern, word in NOISE:
            text = re.sub(pattern, word, text)
        return text

    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            streams[output["name"]] = streams.get(output["name"], "") + output["text"]
            continue
        settle()
        if kind == "error":
            kept.append([kind, output["ename"], clean(output["evalue"])])
        else:
            data = output["data"]
            text = {k: clean(v) for k, v in data.items() if k.startswith("text/")}
            kept.append([kind, sorted(data), text, output["metadata"]])
    settle()
    return kept


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """All cells of SAME, in one kernel and in one shell."""
    folder = tmp_path_factory.mktemp("kernel")
    cells = [nbformat.v4.new_code_cell(source) for source in SAME.values()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST")  # a kernel that sees it leaves descriptors alone
        NotebookClient(
            notebook,
            timeout=120,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        ).execute()

    def child():
        os.chdir(tmp_path_factory.mktemp("shell"))
        shell = Shell()
        return [shell.run(source).outputs for source in SAME.values()]

    theirs = [alike(cell.outputs) for cell in notebook.cells]
    ours = [alike(outputs) for outputs in in_fork(child)]
    return dict(zip(SAME, zip(theirs, ours, strict=True), strict=True))


@pytest.mark.parametrize("name", SAME)
def test_shows_what_a_kernel_shows(both, name):
    kernel, shell = both[name]
    if name == "update":  # a later cell's update reaches a finished cell only in a kernel
        kernel[0][2]["text/plain"] = "'two'"
    assert shell == kernel


# errors


def test_errors_are_plain_and_of_the_students_lines():
    source = "import json\ndef f(text):\n    return json.loads(text)\nf('{')"
    [[output], error] = run(source)[0]
    text = "\n".join(output["traceback"])
    assert error.startswith("JSONDecodeError: Expecting property name")
    assert "Cell In[1], line 4, in <module>" in text
    assert "    return json.loads(text)" in text
    assert "decoder.py" not in text
    assert "\x1b" not in text


def test_names_the_cell_where_a_function_was_defined():
    outputs, _ = run("def f():\n    return 1 / 0", "f()")[1]
    assert "  Cell In[1], line 2, in f" in outputs[0]["traceback"]
    assert "  Cell In[2], line 1, in <module>" in outputs[0]["traceback"]


def test_chained_errors_and_groups_are_told():
    source = "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('v') from e"
    chained, group = run(source, "raise ExceptionGroup('g', [ValueError('v1'), KeyError('k')])")
    text = "\n".join(chained[0][0]["traceback"])
    assert "ZeroDivisionError: division by zero" in text
    assert "direct cause" in text
    assert group[1] == "ExceptionGroup: g (2 sub-exceptions)"
    assert "ValueError: v1" in "\n".join(group[0][0]["traceback"])


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("1/0", "ZeroDivisionError: division by zero"),
        ("for i in", "SyntaxError: invalid syntax"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("raise SystemExit", "SystemExit: "),
        ("raise KeyboardInterrupt", "KeyboardInterrupt: "),
        ("%nope", "UsageError: Line magic function `%nope` not found."),
        ("await nowhere()", "NameError: name 'nowhere' is not defined"),
        ("def f(): return f()\nf()", "RecursionError: maximum recursion depth exceeded"),
        ("class A:\n def __repr__(self): raise ValueError('no')\nA()", "ValueError: no"),
        ("class A:\n def __repr__(self): raise ValueError('no')\ndisplay(A())", None),
        ("class E(Exception):\n def __str__(self): 1/0\nraise E", "Exception: <its message"),
        ("class E(Exception):\n def __str__(self): raise SystemExit\nraise E", "Exception: <its"),
        ("get_ipython().transform_cell = lambda c: 1/0", None),
        ("raise StopIteration('s')", "StopIteration: s"),
        ("raise ValueError('x' * 10_000_000)", "ValueError: xxx"),
        ("raise ValueError('\\ud800')", "ValueError: "),
    ],
)
def test_every_error_is_named_and_the_next_cell_runs(source, error):
    (outputs, told), (after, fine) = run(source, "print('next')")
    assert (told or "").startswith(error or "")
    assert (told is None) == (error is None)
    assert len(json.dumps(outputs)) < 100_000
    assert shown(after) == "next\n" or "transform_cell" in source
    assert fine is None or "transform_cell" in source


def test_leaving_does_not_end_the_notebook():
    cells = ("import sys; sys.exit(3)", "exit()", "quit", "exit(0)", "1")
    (outputs, error), *leaving, (after, _) = run(*cells)
    assert error == "SystemExit: 3"
    assert outputs[0]["traceback"][-1] == "The cell ended here; the notebook goes on."
    for outputs, error in leaving:
        assert "the notebook goes on" in shown(outputs, "stderr")
        assert error is None
    assert shown(after) == "1"


def test_interrupt_while_awaiting_ends_that_cell_only():
    kill = "import asyncio, os, signal\n"
    kill += "asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGINT)\n"
    kill += "await asyncio.sleep(60)\nprint('never')"
    (outputs, error), (after, fine) = run(
        kill, "import asyncio; await asyncio.sleep(0.1); print(1)"
    )
    assert error.startswith(("KeyboardInterrupt", "CancelledError"))
    assert [output["output_type"] for output in outputs] == ["error"]
    assert shown(after) == "1\n"
    assert fine is None


def test_interrupt_while_computing():
    outputs, error = run("import signal\nsignal.raise_signal(signal.SIGINT)\nwhile True: pass")[0]
    assert error == "KeyboardInterrupt: "
    assert outputs[0]["ename"] == "KeyboardInterrupt"


# bounds


@pytest.mark.parametrize(
    "source",
    [
        "print('x' * 100_000_000)",
        "for i in range(1_000_000): print('y' * 99)",
        "for i in range(3_000_000): sys.stdout.write('z')",
        "for i in range(300_000): print(i); print(i, file=sys.stderr)",
        "for i in range(30_000): display(i)",
        "display({'text/html': 'h' * 50_000_000, 'text/plain': 'short'}, raw=True)",
        "class R:\n    def __repr__(self): return 'r' * 100_000_000\nR()",
        "class R:\n    def __repr__(self): print('p' * 100_000_000); return 'r'\nR()",
        "display(*[{'text/plain': 'x' * 100_000}] * 100, raw=True)",
        "os.write(1, b'w' * 50_000_000)",
        "subprocess.run('head -c 50000000 /dev/zero', shell=True)",
        "!head -c 50000000 /dev/zero",
        "for i in range(300_000): print(f'\\r{i} of many', end='', file=sys.stderr)",
        "h = display(0, display_id=True)\nfor i in range(3000): h.update('u' * 10_000 * (i % 9))",
        "hs = [display(0, display_id='k') for i in range(200)]\nhs[0].update('u' * 99_999)",
        "for i in range(20000):\n    try: 1/0\n    except Exception: get_ipython().showtraceback()",
        "raise ValueError('x' * 100_000_000)",
        "print('é' * 30_000_000)",
        "display({'text/plain': 'é' * 30_000_000}, raw=True)",
        "raise ValueError('😀' * 1_000_000)",
    ],
)  # fmt: skip
def test_output_is_bounded_in_time_and_memory(source):
    def child():
        shell = Shell(max_output=MiB)
        shell.run("import sys, os, subprocess")
        shell.run("print(1); display(2); 1/0")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        outcome = shell.run(source)
        spent = time.process_time() - start
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        return [outcome.outputs, outcome.error, spent, grown, shell.run("print('on')").outputs]

    outputs, _, spent, grown, after = in_fork(child)
    texts = [o.get("text", "") + "\n".join(o.get("traceback", [])) for o in outputs]
    texts += [str(o.get("data", "")) + str(o.get("evalue", "")) for o in outputs]
    print(f"{spent:.2f} s, {grown:.0f} MB more at most: {source[:60]}")
    assert sum(len(text.encode()) for text in texts) <= MiB + 200
    assert shown(after) == "on\n"
    if "h.update" not in source and "raise" not in source:
        assert "[The output is cut: more than 1,048,576 bytes.]" in shown(outputs, "stderr")
    assert grown < 700  # the student's own 100 MB strings and their encodings


def test_memory_does_not_grow_with_what_is_printed():
    def child():
        shell = Shell(max_output=MiB)
        shell.run("print(1)")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        shell.run("for i in range(1_000_000): print('y' * 99)")
        return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    assert in_fork(child) < 30


def test_an_error_is_kept_after_a_bomb_and_a_note_says_what_is_missing():
    outputs, error = run("print('x' * 10_000)\ndisplay(1)\n1/0", max_output=2000)[0]
    assert error == "ZeroDivisionError: division by zero"
    assert [o["output_type"] for o in outputs] == ["stream", "error", "stream"]
    assert outputs[2]["text"] == "\n[The output is cut: more than 2,000 bytes.]\n"


def test_updates_after_all_is_full():
    source = "from IPython.display import update_display\nprint('x' * 10_000)\n"
    source += "try: 1/0\nexcept Exception: get_ipython().showtraceback()\n"
    _, error = run(source + "update_display(1, display_id='nobody'); display(2)", max_output=2000)[
        0
    ]
    assert error is None


def test_clearing_makes_room_again():
    source = "from IPython.display import clear_output\nfor i in range(9):\n    print('x' * 900)\n"
    text, _ = last(source + "    clear_output()\nprint('end')", max_output=2000)
    assert text == "end\n"


def test_room_is_left_as_it_was_where_nothing_is_cut():
    outputs, _ = run("print('x' * 1000); display(1)", max_output=2000)[0]
    assert shown(outputs) == "x" * 1000 + "\n1"


# what JSON can't hold


def test_odd_values_become_valid_json():
    cells = [
        "print('a\\ud800b')",
        "display({'text/plain': '\\ud800'}, raw=True)",
        "nan = float('nan')\ndisplay({'text/plain': 'x'}, raw=True, metadata={'a': nan, 1: [nan]})",
        "display({'application/json': {'n': nan, (1, 2): 3, 's': {1}, 'o': object()}}, raw=True)",
        "display({'text/plain': 5, 'image/png': b'png'}, raw=True)",
        "import numpy as np\ndisplay({'application/json': np.float64(1)}, raw=True)",
        "loop = []; loop.append(loop)\ndisplay({'application/json': loop}, raw=True)",
    ]
    surrogate, plain, metadata, json_, wrong, scalar, loop = run(*cells)
    assert shown(surrogate[0]) == "a\\ud800b\n"
    assert shown(plain[0]) == "?"
    assert metadata[0][0]["metadata"] == {"a": "NaN", "1": ["NaN"]}
    assert json_[0][0]["data"]["application/json"]["s"] == [1]
    assert wrong[0][0]["data"] == {"text/plain": "5", "image/png": "cG5n"}
    assert scalar[1] is None
    assert loop[1].startswith("ValueError: Circular reference")


# tampering


@pytest.mark.parametrize(
    "source",
    [
        "import sys, io; sys.stdout = io.StringIO(); sys.stderr = None",
        "import sys; sys.stdout.close(); sys.stderr.close()",
        "import sys; del sys.stdout, sys.stderr",
        "import sys; sys.stdout.write = None",
        "import builtins; builtins.print = None; builtins.display = None; builtins.len = None",
        "import builtins; del builtins.print, builtins.display",
        "import sys; sys.displayhook = None; sys.modules['__main__'] = None",
        "import os; os.close(1); os.close(2)",
        "import os; os.closerange(3, 200)",
        "import sys; sys.setrecursionlimit(60)",
        "get_ipython().display_pub = None",
        "get_ipython().displayhook = None",
        "get_ipython().run_cell_async = get_ipython().run_cell = None",
        "get_ipython().user_ns = {}",
        "get_ipython().history_manager = None",
        "get_ipython().page = None",
        "get_ipython().events = None",
        "type(get_ipython()).clear_instance()",
        "from IPython.core.interactiveshell import InteractiveShell as I\nI._instance = None",
        "import asyncio; asyncio.set_event_loop(None)",
        "import asyncio; asyncio.get_running_loop().stop()",
        "import random; random.seed = None",
        "import comm; comm.create_comm = None",
        "import os, tempfile; tempfile.tempdir = '/nowhere'",
        "import sys; sys.__stdout__ = None; sys.settrace(lambda *a: None)",
        "import threading, time\ndef f():\n    while True: print('t'); time.sleep(0.001)\n"
        "threading.Thread(target=f, daemon=True).start()",
    ],
)
def test_the_next_cell_is_still_captured(source):
    after = "print('on', end='')\ndisplay(1)\nimport sys; sys.stderr.write('err')\n"
    after += "get_ipython() is not None"
    _, (outputs, error) = run(source, after)
    assert error is None
    assert "on" in shown(outputs, "stdout")
    assert "err" in shown(outputs, "stderr")
    kinds = [o["output_type"] for o in outputs if o["output_type"] != "stream"]
    assert kinds == ["display_data", "execute_result"]
    assert shown([o for o in outputs if o["output_type"] != "stream"]) == "1True"


@pytest.mark.parametrize(
    "source",
    [
        "get_ipython().input_transformers_post.append(lambda lines: 1/0)",
        "type(get_ipython()).run_cell_async = None",
        "get_ipython().ast_transformers.append(None)",
        "globals().clear()",
        "import asyncio; asyncio.new_event_loop = None",
        "import json; json.dumps = None",
        "import sys; sys.modules.clear()",
    ],
)
def test_run_never_raises(source):
    assert len(run(source, "print(1)", "2")) == 3


def test_what_a_student_adds_to_builtins_stays():
    assert last("import builtins; builtins.mine = 5", "mine")[0] == "5"


# processes and threads


def test_a_fork_that_goes_on_is_no_second_notebook():
    text, error = last("import os\nif os.fork() == 0: print('child')\nelse: os.wait(); print('p')")
    assert text == "child\np\n"
    assert error is None


def test_worker_processes_print():
    source = "import multiprocessing as m\n"
    source += "p = m.get_context('fork').Process(target=print, args=('w',))\n"
    assert last(source + "p.start(); p.join(); print('done')")[0] == "w\ndone\n"


def test_order_of_what_comes_by_descriptor():
    source = (
        "import os\nprint('a'); os.write(1, b'b\\n'); print('c'); os.system('echo d'); print('e')"
    )
    assert last(source)[0] == "a\nb\nc\nd\ne\n"


def test_a_subprocess_may_be_given_sys_stdout():
    source = "import subprocess, sys\nprint('a')\nsubprocess.run(['echo', 'b'], stdout=sys.stdout)"
    assert last(source + ".returncode")[0] == "a\nb\n0"


def test_a_thread_may_print_between_cells():
    def child():
        shell = Shell()
        shell.run("import threading, time\ngo = True\ndef f():\n    while go: print('t')\n"
                  "threading.Thread(target=f).start()")  # fmt: skip
        time.sleep(0.05)
        outputs = shell.run("go = False; time.sleep(0.05); print('end')").outputs
        return [outputs, shell.run("print(1)").outputs]

    outputs, after = in_fork(child)
    assert shown(outputs).rstrip("t\n").endswith("end")
    assert shown(after) == "1\n"


def test_making_a_shell_starts_nothing_and_writes_nothing(tmp_path):
    code = """
import os, sys, threading, atexit
sys.path.insert(0, {root!r})
from autograder.engine.shell import Shell
heavy = ("zmq", "ipykernel", "matplotlib", "numpy", "torch", "ipywidgets", "pexpect", "sqlite3")
assert not [name for name in heavy if name in sys.modules]
fds, main, out = len(os.listdir("/proc/self/fd")), sys.modules["__main__"], sys.stdout
shell = Shell()
assert threading.active_count() == 1
assert len(os.listdir("/proc/self/fd")) == fds
assert sys.modules["__main__"] is main and sys.stdout is out
shell.run("1/0"); shell.run("%cd -q ."); shell.run("2")
assert threading.active_count() == 1
sys.stdout = out
print(os.listdir("."))
"""
    env = {**os.environ, "HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path / "ip")}
    done = subprocess.run(
        [sys.executable, "-c", code.format(root=os.getcwd())],
        cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == ("[]\n", "", 0)


def test_one_warm_parent_and_many_children():
    def child():
        import matplotlib.pyplot as plt

        shell = Shell()
        shell.run("base = 5")
        plt.figure()
        plt.close("all")
        return [in_fork(lambda i=i: job(shell, i)) for i in range(12)]

    def job(shell, i):
        cells = (
            f"base + {i}",
            "await __import__('asyncio').sleep(0.001)",
            "import os; os.system('echo s')",
            "import matplotlib.pyplot as plt; plt.plot([1]);",
            "base",
        )
        return [[o.outputs, o.error] for o in map(shell.run, cells)]

    for i, (first, awaited, system, plot, again) in enumerate(in_fork(child)):
        assert shown(first[0]) == str(5 + i)
        assert awaited == [[], None]
        assert shown(system[0]) == "s\n0"
        assert sorted(plot[0][0]["data"]) == ["image/png", "text/plain"]
        assert shown(again[0]) == "5"


def test_children_at_the_same_time():
    def child():
        shell = Shell()
        shell.run("pass")
        threads = []
        found = {}
        for i in range(6):
            pid = os.fork()
            if pid == 0:
                good = all(shown(shell.run(f"import asyncio\nawait asyncio.sleep(0.01)\nprint({i})")
                                 .outputs) == f"{i}\n" for _ in range(5))  # fmt: skip
                os._exit(not good)
            threads.append(pid)
        for pid in threads:
            found[pid] = os.waitpid(pid, 0)[1]
        return list(found.values())

    assert in_fork(child) == [0] * 6


def test_a_shell_runs_inside_a_running_loop():
    def child():
        import asyncio

        async def main():
            return Shell().run("import asyncio; await asyncio.sleep(0); 3").outputs

        return asyncio.run(main())

    assert shown(in_fork(child)) == "3"


# widgets, figures, modules


def test_interact_clears_only_its_own_output():
    source = "import ipywidgets as w\nprint('before')\n"
    source += "@w.interact(x=(0, 3))\ndef g(x=1): print('x', x)\ng.widget.children[0].value = 2"
    outputs, error = run(source)[0]
    assert error is None
    assert shown(outputs, "stdout") == "before\nx 2\n"
    views = [o for o in outputs if "application/vnd.jupyter.widget-view+json" in o.get("data", {})]
    assert len(views) == 1


def test_output_widget_shows_what_was_in_it():
    source = (
        "import ipywidgets as w\nout = w.Output()\ndisplay(out)\nwith out:\n    print('in'); 1/0\n"
    )
    outputs, error = run(source + "print('after')\nwith out:\n    print('more')")[0]
    assert error is None
    assert shown(outputs, "stdout") == "in\nafter\nmore\n"
    assert [o["ename"] for o in outputs if o["output_type"] == "error"] == ["ZeroDivisionError"]
    cleared, _ = run(source + "print('after')\nout.clear_output()")[0]
    assert shown(cleared, "stdout") == "after\n"


@pytest.mark.parametrize("backend", ["", "inline", "notebook", "widget", "qt", "tk"])
def test_figures_are_inline_whatever_was_asked_for(backend):
    cells = (f"%matplotlib {backend}", "import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    outputs, error = run(*cells)[1]
    assert error is None
    assert sorted(outputs[0]["data"]) == ["image/png", "text/plain"]


def test_a_students_own_backend_is_kept():
    cells = (
        "import matplotlib; matplotlib.use('agg')",
        "import matplotlib.pyplot as plt",
        "plt.plot([1]);",
    )
    assert run(*cells)[2] == [[], None]


def test_a_frame_of_a_million_rows():
    source = "class Frame:\n    rows = 1_000_000\n"
    source += "    def _repr_html_(self): return '<table>' + '<tr><td>1' * self.rows\n"
    source += "    def __repr__(self): return 'col\\n' * self.rows\nFrame()"
    outputs, error = run(source)[0]
    assert error is None
    assert list(outputs[0]["data"]) == ["text/plain"]
    assert outputs[0]["data"]["text/plain"].startswith("col\n")
    assert len(outputs[0]["data"]["text/plain"]) > MiB


def test_progress_bars_keep_their_carriage_returns():
    source = (
        "from tqdm import tqdm\nimport sys\nfor i in tqdm(range(5), file={}, mininterval=0): pass"
    )
    for stream in ("stderr", "stdout"):
        outputs, _ = run(source.format(f"sys.{stream}"))[0]
        assert {o["name"] for o in outputs} == {stream}
        assert shown(outputs).count("\r") >= 5


def test_automatic_bars_are_text_which_a_saved_notebook_can_show():
    outputs, error = run("from tqdm.auto import tqdm\nfor i in tqdm(range(3)): pass")[0]
    assert error is None
    assert "3/3" in shown(outputs, "stderr")


def test_rich_progress_on_a_console():
    source = "from rich.progress import track\nfor i in track(range(3)): pass"
    outputs, error = run(source)[0]
    assert error is None
    assert outputs


def test_rich_traceback_and_history_do_not_break_it():
    cells = ("from rich import traceback, pretty; traceback.install(); pretty.install()",
             "%history", "[1]", "1/0", "%tb", "print('on')")  # fmt: skip
    outcomes = run(*cells)
    assert shown(outcomes[5][0]) == "on\n"
    assert outcomes[3][1] == "ZeroDivisionError: division by zero"


# seeds


def test_the_same_cell_draws_the_same_numbers():
    cell = "import random, numpy as np, torch\n"
    draw = "random.random(), np.random.rand(), torch.rand(1).item()"
    first = run(cell, draw, draw + " ")
    second = run(cell, "x = [random.random() for i in range(99)]", draw)
    assert shown(first[1][0]) == shown(second[2][0])
    assert shown(first[1][0]) != shown(first[2][0])  # another cell, other numbers
    assert shown(run(cell, draw, seed=1)[1][0]) != shown(first[1][0])


def test_a_cell_can_be_seeded_elsewhere_as_here():
    def child():
        import random

        seed_all(cell_seed(7, "import random; random.random()"))
        return [random.random()]

    assert shown(run("import random; random.random()", seed=7)[0][0]) == str(in_fork(child)[0])


# cost


@contextmanager
def timed(found, name):
    start = time.perf_counter()
    yield
    found[name] = (time.perf_counter() - start) * 1e3


def test_cost():
    def child():
        found = {}
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with timed(found, "make"):
            shell = Shell()
        with timed(found, "first cell"):
            shell.run("1")
        with timed(found, "100 trivial cells"):
            for i in range(100):
                shell.run(f"x = {i}")
        with timed(found, "100 printing cells"):
            for _ in range(100):
                shell.run("print(x); x")
        with timed(found, "100 errors"):
            for _ in range(100):
                shell.run("1/0")
        found["MB"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        found["threads"] = threading.active_count()
        return found

    found = in_fork(child)
    print({name: round(value, 2) for name, value in found.items()})
    assert found["threads"] == 1

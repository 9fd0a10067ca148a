"""Honest work with an accident in a cell of its own: all is solved, and no point is lost."""

from __future__ import annotations

from tests.hostile.case import Case, unlucky

CASES: list[Case] = [
    unlucky("endless loop", "never ends", "while True:\n    pass"),
    unlucky("endless loop in C", "can't be interrupted", "sum(iter(int, 1))"),
    unlucky(
        "deaf to interrupts",
        "a service's shutdown code, run in a notebook",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True:\n    pass",
    ),
    unlucky("sleeps", "waits for something", "import time\ntime.sleep(3600)"),
    unlucky("sys.exit", "ends a script", "import sys\nsys.exit(1)"),
    unlucky("exit()", "ends a session", "exit()"),
    unlucky("os._exit", "ends the process", "import os\nos._exit(0)"),
    unlucky("kill -9 self", "ends the process", "import os\nos.kill(os.getpid(), 9)"),
    unlucky("kills its group", "cleans up", "import os, signal\nos.kill(0, signal.SIGTERM)"),
    unlucky("segmentation fault", "a wrong pointer", "import ctypes\nctypes.string_at(0)"),
    unlucky("aborts", "a failed assertion of a library", "import os\nos.abort()"),
    unlucky("6 GiB", "a matrix that is too large", "x = bytearray(6 * 2**30)"),
    unlucky(
        "6 GiB by pieces", "keeps all", "kept = []\nwhile True:\n    kept.append(b'x' * 2**26)"
    ),
    unlucky("500 MB on disk", "a download", "open('big', 'wb').write(bytes(500 * 10**6))"),
    unlucky(
        "100 MB printed", "a loop with a print", "for _ in range(1000):\n    print('x' * 10**5)"
    ),
    unlucky("prints for ever", "a loop with a print", "while True:\n    print('again')"),
    unlucky(
        "huge repr",
        "shows too much",
        "class Big:\n    def __repr__(self):\n        return 'x' * 10**8\nBig()",
    ),
    unlucky(
        "1000 figures",
        "plots in a loop",
        "import matplotlib.pyplot as plt\nfor _ in range(1000):\n    plt.figure()\n"
        "    plt.plot([1, 2])",
    ),
    unlucky("input()", "asks its user", "name = input('Your name? ')"),
    unlucky(
        "top-level await", "async as in a notebook", "import asyncio\nawait asyncio.sleep(0.01)"
    ),
    unlucky("asyncio.run", "async as in a script", "import asyncio\nasyncio.run(asyncio.sleep(0))"),
    unlucky("download", "no network", "import urllib.request as u\nu.urlopen('http://x.example')"),
    unlucky("magics", "times, lists", "%time sum(range(10))\n!ls\nfiles = !ls\n%matplotlib inline"),
    unlucky("installs", "a line from a tutorial", "%pip install --quiet numpy"),
    unlucky(
        "atexit handler",
        "hangs when it should end",
        "import atexit, time\natexit.register(time.sleep, 3600)",
    ),
    unlucky(
        "threads go on",
        "after the cell",
        "import threading, time\n\ndef chat():\n    while True:\n        print('still here')\n"
        "        time.sleep(0.001)\n\n"
        "for _ in range(5):\n    threading.Thread(target=chat).start()",
    ),
    unlucky(
        "process goes on",
        "after the cell",
        "import subprocess\nserver = subprocess.Popen(['sleep', '3600'])",
    ),
    unlucky(
        "worker processes",
        "a pool",
        "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    print(pool.map(abs, [-1, -2]))",
    ),
    unlucky(
        "alarm left on",
        "a time limit of its own",
        "import signal\n\ndef stop(*_):\n    raise TimeoutError('too slow')\n\n"
        "signal.signal(signal.SIGALRM, stop)\nsignal.setitimer(signal.ITIMER_REAL, 0.5)",
    ),
    unlucky("traces", "a debugger's rest", "import sys\nsys.settrace(lambda *_: None)"),
    unlucky(
        "other time",
        "a test double left on",
        "import time\ntime.time = time.monotonic = time.perf_counter = lambda: 0.0",
    ),
    unlucky("warnings as errors", "strict", "import warnings\nwarnings.simplefilter('error')"),
    unlucky("low recursion limit", "found online", "import sys\nsys.setrecursionlimit(60)"),
    unlucky("closed stdout", "as a file", "import sys\nsys.stdout.close()\nsys.stderr.close()"),
    unlucky("closed descriptors", "as a daemon does", "import os\nos.closerange(0, 256)"),
    unlucky("other folder", "leaves its own", "import os\nos.chdir('/')\nos.environ.clear()"),
    unlucky("no folder", "cleans up", "import os, shutil\nshutil.rmtree(os.getcwd())"),
    unlucky("double by default", "a setting", "torch.set_default_dtype(torch.float64)"),
    unlucky("many threads", "a setting", "torch.set_num_threads(8)\ntorch.ones(999, 999).sum()"),
    unlucky(
        "NumPy raises", "a setting", "np.seterr(all='raise')\nnp.set_printoptions(precision=1)"
    ),
    unlucky("names of built-ins", "as variables", "list, sum, max, str = [3, 1], 4, 5, 'text'"),
    unlucky("names of the course", "overwritten", "TABLE = TABLE * 2\n\ndef agrees(a):\n    pass"),
    unlucky("half a character", "broken text", "print('caf\\ud800 \\0 \\x1b[31m')"),
    unlucky("half a character in an error", "broken text", "raise ValueError('caf\\ud800 \\0')"),
    unlucky(
        "shows a script",
        "or what runs as one",
        "from IPython.display import HTML, Javascript, Markdown, SVG, display\n"
        "run = '<script>alert(1)</script><img src=x onerror=alert(1)>'\n"
        "display(HTML(run), Javascript('alert(1)'), Markdown(run))\n"
        "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>'))",
    ),
    unlucky("syntax error", "a typo", "def f(:\n    pass"),
    unlucky("deep parentheses", "generated code", "x = " + "(" * 5000 + ")" * 5000),
    unlucky("long sum", "generated code", "x = " + "+".join("1" * 50_000)),
]

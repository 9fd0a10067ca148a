"""The benchmark of the meters runs; what it finds is no test's business."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "meters.py"


def test_the_benchmark_measures_greenlab_at_least(capsys):
    runpy.run_path(str(SCRIPT))["main"](["--seconds", "0.05", "--repeats", "1"])
    out = capsys.readouterr().out
    assert re.search(r"greenlab +import +\d+ ms, make +\d+\.\d ms, 0 lines printed", out)
    assert len(re.findall(r"^  greenlab ", out, re.MULTILINE)) == 4
    assert "asleep" in out
    assert "one core busy" in out


@pytest.mark.parametrize("wrong", ["--seconds=0", "--repeats=0", "--seconds=nan"])
def test_it_refuses_nothing_to_measure(wrong):
    with pytest.raises(SystemExit):
        runpy.run_path(str(SCRIPT))["main"]([wrong])

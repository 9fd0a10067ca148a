"""The benchmark of the training loop runs; what it finds is no test's business."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from greenlab import train

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "train_loop.py"


def test_the_benchmark_runs_on_a_few_digits(capsys):
    before = train.SMALL_BATCH_MACS
    script = runpy.run_path(str(SCRIPT))
    script["main"](["--passes", "1", "--digits", "120"])
    out = capsys.readouterr().out
    assert "LeNet-300-100, 120 digits, batch 60, 1 thread" in out
    ratios = re.findall(r"(?:tutorial|tensors) / \(?fit.*: +(\d+\.\d\d)x", out)
    assert len(ratios) == 4
    assert all(float(ratio) > 0 for ratio in ratios)
    for size in ("30-30", "100-100", "300-100", "300-300"):
        assert len(re.findall(rf"^  {size} ", out, re.MULTILINE)) == 2
    assert before == train.SMALL_BATCH_MACS


@pytest.mark.parametrize("wrong", ["--passes=0", "--digits=0", "--batch=0"])
def test_it_refuses_nothing_to_measure(wrong):
    with pytest.raises(SystemExit):
        runpy.run_path(str(SCRIPT))["main"]([wrong])


def test_it_explains_itself():
    shown = subprocess.run(
        [sys.executable, str(SCRIPT), "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "DataLoader" in shown
    assert "--passes" in shown

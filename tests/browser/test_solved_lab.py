"""The solved lab in a browser: every cell runs, and math, figures and sliders are there."""

from __future__ import annotations

import pytest
from labpage import browser_page, jupyter_lab, open_notebook, run_all

from autograder import SOLUTIONS
from autograder.build import write
from autograder.solve import solved


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("lab", sorted(path.stem for path in SOLUTIONS.glob("lab*.py")))
def test_solved_lab_runs_and_shows(lab, tmp_path):
    notebook = solved(SOLUTIONS / f"{lab}.py")
    write(notebook, tmp_path / f"{lab}.ipynb")
    explored = sum(cell.id.startswith("explore") for cell in notebook.cells)
    with jupyter_lab(tmp_path) as server, browser_page() as page:
        open_notebook(page, server, f"{lab}.ipynb")
        run_all(page)
        errors = page.locator('.jp-OutputArea-output[data-mime-type*="error"]').all_inner_texts()
        assert errors == []
        prompts = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
        assert "[ ]:" not in prompts
        assert page.locator("mjx-container").count() >= 5
        assert page.locator("mjx-merror").count() == 0  # MathJax's mark of a broken formula
        passed = page.get_by_text("the tests that you can see pass").count()
        assert passed == sum(cell.id.startswith("tests") for cell in notebook.cells)
        figures = page.locator(".jp-OutputArea-output img").count()
        assert figures >= explored // 2

        slider = page.locator(".widget-slider").first
        picture = page.locator("img.widget-image").first
        before = picture.get_attribute("src")
        slider.locator(".noUi-handle").press("ArrowRight")
        page.wait_for_function(
            "was => document.querySelector('img.widget-image').src !== was", arg=before
        )

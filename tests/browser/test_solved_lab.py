"""Each solved lab in a browser: every cell runs, and math, figures and widgets are there.

With less training than in class: `make solutions` runs the labs at full length.
"""

from __future__ import annotations

import re

import pytest
from labpage import browser_page, jupyter_lab, open_notebook, run_all
from nbformat import NotebookNode

from autograder import SOLUTIONS
from autograder.build import write
from autograder.solve import solved
from tests.quick import EPOCHS, shorten

PICTURES = """() => {
  const has = output => "image/png" in (output.data ?? {})
  const cells = window.jupyterapp.shell.currentWidget.content.model.cells
  return [...cells].flatMap(cell => cell.toJSON().outputs ?? []).filter(has).length
}"""


def with_math(notebook: NotebookNode) -> int:
    """How many text cells have a formula, between dollars that are no money and no code."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    plain = [re.sub(r"```.*?```|`[^`]*`|\\\$", "", text, flags=re.DOTALL) for text in texts]
    return sum(bool(re.search(r"\$[^$]+\$", text)) for text in plain)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("lab", sorted(path.stem for path in SOLUTIONS.glob("lab*.py")))
def test_solved_lab_runs_and_shows(lab, tmp_path):
    notebook = solved(SOLUTIONS / f"{lab}.py")
    shorten(notebook, EPOCHS)
    write(notebook, tmp_path / f"{lab}.ipynb")
    with jupyter_lab(tmp_path) as server, browser_page() as page:
        open_notebook(page, server, f"{lab}.ipynb")
        run_all(page)
        errors = page.locator('.jp-OutputArea-output[data-mime-type*="error"]').all_inner_texts()
        assert errors == []
        prompts = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
        assert "[ ]:" not in prompts
        passed = page.get_by_text("the tests that you can see pass").count()
        assert passed == sum(cell.id.startswith("tests") for cell in notebook.cells)

        assert page.locator(".jp-MarkdownCell:has(mjx-container)").count() == with_math(notebook)
        assert page.locator("mjx-merror").count() == 0  # MathJax's mark of a broken formula
        drawn = page.locator(".jp-RenderedImage img").evaluate_all(
            "images => images.map(image => image.complete && image.naturalWidth > 0)"
        )
        assert drawn == [True] * page.evaluate(PICTURES)
        assert drawn

        called = [cell for cell in notebook.cells if re.search(r"^widgets\.", cell.source, re.M)]
        shown = page.locator(".jp-OutputArea-output:has(.jupyter-widgets)").count()
        assert shown == len(called)
        sliders = page.locator(".jupyter-widgets:has(img.widget-image) .widget-slider").all()
        assert bool(sliders) == any("_explorer(" in cell.source for cell in called)
        for slider in sliders:
            before = page.locator("img.widget-image").first.get_attribute("src")
            slider.locator(".noUi-handle").press("ArrowRight")
            page.wait_for_function(
                "was => document.querySelector('img.widget-image').src !== was", arg=before
            )

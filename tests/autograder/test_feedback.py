"""The page that goes back to students: right marks, no hidden test, no script, no network."""

import re
from html.parser import HTMLParser

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.build import expand, generate, read_source, write
from autograder.course import Grading
from autograder.feedback import KEPT_BACK, HideTests, in_words
from autograder.nbgrader_config import configure
from autograder.prose import cleaned, formula, prose
from autograder.record import quiet

WRITTEN = """$T^2$ and **why** <script>mine()</script> ![far](http://example.com/far.png)
![gone](attachment:gone.png) [run](javascript:mine) <img src=x onerror=mine()>"""
KEEPS = """seen = []

def double(x):
    seen.append(x)
    return 2 * x"""
FORBIDDEN = {"script", "style", "iframe", "svg", "base", "form", "object", "link", "embed"}
ALONE = {"src", "href", "action", "data", "poster", "srcset", "background", "style"}


class Page(HTMLParser):
    """What a browser would run or load, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.loads, self.active, self.words, self.style = [], [], [], [], False
        self.feed(html)
        self.text = " ".join("".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.style = tag == "style"
        self.words += " " * (tag in ("td", "th", "p", "pre", "div", "summary"))
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript"):
                self.active.append((tag, name))
            loading = name in ALONE and (tag, name) != ("a", "href")
            if loading and re.search(r"//|url\(", value or "") and not value.startswith("data:"):
                self.loads.append(value)

    def handle_endtag(self, tag):
        self.style = False

    def handle_data(self, data):
        if not self.style:
            self.words.append(data)
        elif "url(" in data or "@import" in data:
            self.loads.append(data)


@pytest.fixture(scope="module")
def course(tiny, tmp_path_factory):
    """A course with five students' feedback: its folder, and their pages."""
    root = tmp_path_factory.mktemp("feedback")
    with quiet():
        generate(tiny.lab, expand(read_source(tiny.source)), root)
    config = configure(Config(), root, root / "build/course")
    works = {
        "ann": tiny.solved(answer_why=WRITTEN),
        "ben": tiny.solved(double="def double(x):\n    return 4", answer_why="Because."),
        "eve": tiny.solved(double=KEEPS, answer_why="It is so."),
        "pat": tiny.solved(answer_why="So."),
    }
    plain = [c for c in works["eve"].cells if c.source == 'print("a plain cell")']
    plain[0].source = "print(seen)"
    plain[1].source = "raise RuntimeError(str(seen))"
    for name, notebook in works.items():
        write(notebook, root / "build/course/submitted" / name / tiny.lab / f"{tiny.lab}.ipynb")
    list(Grading(config, tiny.lab).run(jobs=1))
    with Gradebook(config.CourseDirectory.db_url, "greenai") as book:
        grade = book.find_grade("answer_why", tiny.lab, tiny.lab, "pat")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        comment = book.find_comment("answer_why", tiny.lab, tiny.lab, "pat")
        comment.manual_comment = "Half a point for $x^2$ <script>theirs()</script>"
        late = book.find_submission_notebook(tiny.lab, tiny.lab, "pat")
        late.late_submission_penalty = 1.1
        book.db.commit()
    directory = CourseDirectory(config=config)
    directory.assignment_id = tiny.lab
    with quiet() as log:
        GenerateFeedback(coursedir=directory, config=config).start()
    assert log == []
    pages = {}
    for name in works:
        path = root / "build/course/feedback" / name / tiny.lab / f"{tiny.lab}.html"
        pages[name] = path.read_text(encoding="utf-8")
    return pages


def test_marks_by_exercise_name_the_message_beside_them(course):
    text = Page(course["ben"]).text
    assert "1 of 6 points so far; 3 are not graded yet." in text
    assert "double 0 of 2 wrong for a number you did not see" in text
    assert "triple 1 of 1" in text
    assert "Test cell" not in text


def test_what_nobody_has_graded_yet_is_not_0(course):
    text = Page(course["ben"]).text
    assert "why not graded yet of 3" in text
    assert "0 of 3" not in text
    assert "not graded yet" not in Page(course["pat"]).text


def test_marks_by_hand_comments_and_late_points(course):
    text = Page(course["pat"]).text
    assert "4.4 of 6 points. Handed in late: 1.1 points are taken off." in text
    assert "why 2.5 of 3 Comment: Half a point for x2" in text
    assert "Handed in late −1.1" in text


@pytest.mark.parametrize("name", ["ann", "ben", "eve", "pat"])
def test_it_runs_nothing_and_loads_nothing(course, name):
    page = Page(course[name])
    assert {tag for tag, _ in page.tags}.isdisjoint(FORBIDDEN - {"style"})
    assert (page.active, page.loads) == ([], [])
    assert "default-src 'none'" in course[name]
    if name == "ann":
        assert ("a", {"href": "http://example.com/far.png"}) in page.tags


@pytest.mark.parametrize("name", ["ann", "ben", "eve", "pat"])
def test_nothing_of_hidden_tests_or_model_answers_is_in_it(course, name):
    for secret in ("secret", "HIDDEN", "The model answer", "MARK SCHEME", "21", "42"):
        assert secret not in Page(course[name]).text


def test_arguments_that_the_code_kept_are_not_told_by_a_later_cell(course):
    page = Page(course["eve"]).text
    assert "print(seen)" in page
    assert f"RuntimeError: {KEPT_BACK}" in page


def test_a_reader_of_any_kind_finds_their_way(course):
    page = Page(course["ann"])
    anchors = {attrs["href"][1:] for tag, attrs in page.tags if attrs.get("href", "")[:1] == "#"}
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert anchors - {""} <= set(ids)  # "" is where a link that runs something was
    assert len(ids) == len(set(ids))
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert all(attrs.get("alt") for tag, attrs in page.tags if tag == "img")
    assert ("html", {"lang": "en"}) in page.tags
    assert any(attrs.get("name") == "viewport" for tag, attrs in page.tags)


def test_output_before_the_first_hidden_test_stays_and_after_it_goes():
    hidden = "assert f(1)\n### BEGIN HIDDEN TESTS\nassert f(2)\n### END HIDDEN TESTS"
    meta = {"nbgrader": {"grade": True, "solution": False, "grade_id": "t", "points": 1}}
    cells = [
        new_markdown_cell("for the instructor", id="autograder-notes"),
        new_code_cell("print(1)", outputs=[new_output("stream", text="before")]),
        new_code_cell(hidden, metadata=meta, outputs=[new_output("stream", text="within")]),
        new_code_cell("print(2)", outputs=[new_output("stream", text="after")]),
        new_code_cell(
            "1/0", outputs=[new_output("error", ename="E7", evalue="7.5", traceback=["7.5"])]
        ),
    ]
    notebook, _ = HideTests().preprocess(new_notebook(cells=cells), {})
    shown = [[o.get("text", o.get("traceback")) for o in c.outputs] for c in notebook.cells]
    assert shown == [["before"], [], [], [[f"Error: {KEPT_BACK}"]]]
    assert "f(2)" not in str(notebook)


def test_a_figures_words_are_its_alternative_text():
    outputs = [
        new_output("display_data", {"image/png": "AA=="}),
        new_output("stream", text="In words: the line\nrises.\n"),
    ]
    assert in_words(outputs) == "the line rises."
    assert in_words(outputs[:1]) != ""


@pytest.mark.parametrize(
    ("latex", "drawn"),
    [
        (r"\frac{a}{b} < c", "<mfrac>"),
        (r"\text{<script>mine()</script>}", "&lt;script&gt;"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "<mtable"),
        (r"\def\a{\a\a}\a", "<code>"),
        (r"\left( x", "<code>"),
        ("x^{" * 1000 + "}" * 1000, "<code>"),
        ("x" * 5000, "<code>"),
    ],
)
def test_formulas_are_drawn_without_script_or_stand_as_text(latex, drawn):
    assert drawn in formula(latex)
    assert "<script" not in formula(latex)


@pytest.mark.parametrize("latex", [r"\href{javascript:f}{x}", r"\style{a:b}{x}", r"\class{a}{x}"])
def test_formulas_have_no_attribute_that_does_something(latex):
    assert not re.search("href=|style=|class=", formula(latex))


PARTS = """<script>|</script>|<img src=x onerror=f()>|<svg onload=f()>|<math>|<style>|<b>|-->|<!--
<a href='javascript:f()'>|[a](javascript:f())|![a](http://e/x.png)|$|$$|`|```|\\text{|}|&lt;|"|'|<
<b style='background:url(//e)'>|\ue0000\ue001|<iframe src=//e>|<base href=//e>|<form action=//e>"""


@given(st.lists(st.sampled_from(["\n", "|", " ", "a", *re.split(r"[|\n]", PARTS)])))
def test_no_mixture_of_markup_runs_or_loads(parts):
    page = Page(str(prose("".join(parts)) + cleaned("".join(parts))))
    assert (page.active, page.loads) == ([], [])
    assert {tag for tag, _ in page.tags} & {
        "script",
        "style",
        "iframe",
        "svg",
        "base",
        "form",
    } == set()


def test_pictures_in_the_notebook_itself_are_shown():
    shown = prose("![mine](attachment:a.png)", {"a.png": {"image/png": "AA=="}})
    assert '<img src="data:image/png;base64,AA==" alt="mine">' in shown


def test_every_lab_formula_is_drawn():
    from autograder import ROOT

    for path in (ROOT / "labs").glob("*/*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                for a, b in re.findall(r"(?s)\$\$(.+?)\$\$|(?<![\\$])\$([^$\n]+?)\$", cell.source):
                    assert "<math" in formula(a or b), (path.stem, a or b)

"""Wrong answers lose points and are told why, right ones score full; the harness sees when not."""

import pytest

from autograder import SOLUTIONS
from autograder.answers import AnswerError, problems, read_answer

LABS = sorted(path.stem for path in SOLUTIONS.glob("lab*.py"))
EXERCISES = ["double", "triple"]
WRONG = "# mistake: {0}\n# says: {1}\ndef {2}(x):\n    return {0}\n"
GOOD = {
    "wrong_answers/double.cube.py": WRONG.format("x**3", "4", "double"),
    "wrong_answers/double.same.py": WRONG.format("x", "EXPECTED", "double"),
    "wrong_answers/double.square.py": WRONG.format("x * x", "not see", "double"),
    "wrong_answers/triple.one.py": WRONG.format("1", "6", "triple"),
    "wrong_answers/triple.two.py": WRONG.format("2", "6", "triple"),
    "wrong_answers/triple.name.py": WRONG.format("y", "not defined", "triple"),
    "right_answers/double.add.py": "# different: adds\ndef double(x):\n    return x + x",
    "right_answers/triple.add.py": "# different: adds\ndef triple(x):\n    return x + x + x",
}
CODE = "def double(x):\n    return 2 * x\n"


@pytest.fixture
def folder(tiny, tmp_path):
    """A folder with these answers to the tiny lab."""

    def write(answers: dict[str, str]):
        for name, text in answers.items():
            kind, _, file = name.partition("/")
            path = tmp_path / kind / tiny.lab / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.slow
@pytest.mark.parametrize("lab", LABS)
def test_answers_of(lab):
    assert not problems(lab)


def test_good_answers_give_no_problem(tiny, folder):
    assert problems(tiny.lab, solutions=tiny.solutions, folder=folder(GOOD)) == []


def test_every_kind_of_problem_is_named(tiny, folder):
    answers = {
        "wrong_answers/double.right.py": f"# mistake: none\n# says: 4\n{CODE}",
        "wrong_answers/triple.silent.py": "# mistake: 1\n# says: radians\ndef triple(x):\n    pass",
        "right_answers/double.wrong.py": "# different: no\ndef double(x):\n    return 0",
        "right_answers/triple.dead.py": "# different: no\nimport os; os._exit(1)",
        "right_answers/double.other.py": f"# different: yes\ntriple = None\n{CODE}",
    }
    found = "\n".join(problems(tiny.lab, solutions=tiny.solutions, folder=folder(answers)))
    for line in (
        "double.right.py is wrong and scores full",
        "triple.silent.py should be told 'radians' and is told: expected 6",
        "right_answers/triple.dead.py is right and scores 0: NameError: name 'triple' is not",
        "right_answers/double.wrong.py is right and scores 0: expected 4, got 0",
        f"wrong_answers/{tiny.lab}: double has 1 of at least 3: add double.SLUG.py",
        f"wrong_answers/{tiny.lab}: triple has 1 of at least 3: add triple.SLUG.py",
    ):
        assert line in found


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("double.x.py", CODE, ":1: begin the file with a line `# mistake: …`"),
        ("double.x.py", f"# mistake: x\n{CODE}", ":1: begin the file with a line `# says: …`"),
        ("double.x.py", f"# mistake:\n# says: x\n{CODE}", "a line `# mistake: …`"),
        ("double.x.py", "# mistake: x\n# says: x\n", "no code below the header"),
        ("treble.x.py", f"# mistake: x\n# says: x\n{CODE}", "no exercise 'treble' in the lab"),
    ],
)
def test_bad_file_is_refused_by_name(tmp_path, name, text, says):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AnswerError) as caught:
        read_answer(path, "wrong", EXERCISES)
    assert str(caught.value).startswith(str(path))
    assert says in str(caught.value)

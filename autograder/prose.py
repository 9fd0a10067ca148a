"""A notebook's Markdown and HTML without scripts or network, its formulas as MathML."""

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import tostring

from bleach import clean
from bleach.css_sanitizer import CSSSanitizer
from latex2mathml.converter import Converter
from markupsafe import Markup
from mistune.util import striptags
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.inert import ATTRIBUTES, TAGS, is_safe

MORE_TAGS = {"a", "img", "blockquote", "h5", "h6", "dl", "dt", "dd", "del", "kbd", "u"}
MORE_TAGS |= {"details", "summary", "figure", "figcaption"}
MATH = ("accent", "columnalign", "depth", "display", "displaystyle", "fence", "form", "height")
MATH += ("linebreak", "linethickness", "lspace", "mathcolor", "mathvariant", "maxsize", "minsize")
MATH += ("movablelimits", "notation", "rowspacing", "rspace", "scriptlevel", "separator")
MATH += ("stretchy", "symmetric", "voffset", "width", "xmlns")
PICTURE = re.compile(r"data:image/(png|jpeg|gif|svg\+xml);base64,")  # an image runs no script
DEFINES = re.compile(r"\\(?:newcommand|def)\b")  # its expansion could be endless
SILENT = re.compile(r"<img (?![^<>]*\balt=)")  # bleach has escaped < and > in attributes
LONGEST = 4000  # characters of a formula
PLACE = "\ue000{}\ue001"  # a formula's place while the rest is cleaned: private characters


class Renderer(IPythonRenderer):
    """Markdown to HTML, headings one lower, formulas set aside, pictures only from the file."""

    def __init__(self, attachments: dict) -> None:
        super().__init__(escape=False, exclude_anchor_links=True, attachments=attachments)
        self.formulas: list[str] = []

    def set_aside(self, latex: str, display: bool) -> str:
        self.formulas.append(formula(latex, display))
        return PLACE.format(len(self.formulas) - 1)

    def block_math(self, body: str) -> str:
        return self.set_aside(body, True)

    def inline_math(self, body: str) -> str:
        return self.set_aside(body, False)

    def latex_environment(self, name: str, body: str) -> str:
        return self.set_aside(rf"\begin{{{name}}}{body}\end{{{name}}}", True)

    def heading(self, text: str, level: int, **attrs: object) -> str:
        return super().heading(text, min(level + 1, 6), **attrs)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """The picture if the file holds it, else its words, linked to where it is."""
        if url.startswith("attachment:"):
            held = self.attachments.get(url.removeprefix("attachment:"), {})
            url = next((f"data:{kind};base64,{data}" for kind, data in held.items()), "")
        if PICTURE.match(url):
            return f'<img src="{escape(url)}" alt="{striptags(text)}" />'
        return f'<a href="{escape(url)}">{text or escape(url)}</a>'


def prose(text: str, attachments: dict | None = None) -> Markup:
    """Markdown as HTML that runs and loads nothing."""
    return with_pictures(text, attachments) if attachments else without_pictures(text)


@lru_cache(maxsize=1024)  # a class's pages repeat the lab's
def without_pictures(text: str) -> Markup:
    return with_pictures(text, {})


def with_pictures(text: str, attachments: dict) -> Markup:
    renderer = Renderer(attachments)
    text = text.replace("\ue000", "").replace("\ue001", "")
    made = cleaned(MarkdownWithMath(renderer=renderer).render(text))
    found = re.compile(PLACE.format(r"(\d+)"))
    return Markup(found.sub(lambda place: renderer.formulas[int(place[1])], made))


def cleaned(html: str) -> Markup:
    """The HTML without scripts, and without what a browser would load from elsewhere."""
    protocols = ("http", "https", "mailto", "data")
    css = CSSSanitizer()
    tags = TAGS | MORE_TAGS
    made = clean(html, tags, allowed, protocols, strip=True, css_sanitizer=css)
    return Markup(SILENT.sub('<img alt="A figure." ', made))


def allowed(tag: str, name: str, value: str) -> bool:
    """Whether an attribute may stay: pictures in the page itself, links that run nothing."""
    if tag == "img":
        return name == "alt" or (name == "src" and PICTURE.match(value) is not None)
    if tag == "a" and name == "href":
        return is_safe(value) and not value.lower().startswith("data:")
    return name in ATTRIBUTES["*"] or (name == "class" and tag in ("div", "span"))


def formula(latex: str, display: bool = False) -> str:
    """A formula as MathML, which browsers draw and read aloud themselves; or its LaTeX as text."""
    plain = f"<code>{escape(latex.strip())}</code>"
    if DEFINES.search(latex) or len(latex) > LONGEST:
        return plain
    latex = latex.replace("{aligned}", "{align*}")
    try:
        math = Converter(display="block" if display else "inline").convert_to_element(latex)
        for part in math.iter():
            part.attrib = {k: v for k, v in part.attrib.items() if k in MATH}
            part.text = unescape(part.text) if part.text else None  # the converter writes entities
            part.tail = unescape(part.tail) if part.tail else None
        math.set("alttext", latex.strip())
        return tostring(math, encoding="unicode")
    except Exception:  # whatever a student's formula does to the converter
        return plain

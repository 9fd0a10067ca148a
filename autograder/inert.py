"""Makes what a submission shows harmless for the browser and the terminal of who reads it."""

import base64
import re
import unicodedata
from html import unescape

from bleach import clean
from bleach.css_sanitizer import CSSSanitizer
from nbformat import NotebookNode
from nbformat.v4 import new_output

SAFE = ("text/plain", "text/latex", "image/png", "image/jpeg")
TEXT_TAGS = {"b", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "hr", "i", "li", "ol", "p"}
TEXT_TAGS |= {"pre", "span", "strong", "sub", "sup", "ul"}
TAGS = TEXT_TAGS | {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
TAG = re.compile(r"<(?=[a-zA-Z/!?])[^<>]*>?")
PLAIN_TAG = re.compile(rf"</?({'|'.join(sorted(TAGS))})\s*/?>$|<https?://[^\s\"'<>]+>$", re.I)
LINK = re.compile(r"(\]\(\s*<?|\]:\s*<?)([^)\s>]+)")
SCHEMES = ("http", "https", "mailto", "attachment")
IMAGE = re.compile(r"data:image/(png|jpeg|gif);base64,")
ATTRIBUTES = {"*": ["style", "title", "colspan", "rowspan", "scope"]}


def inert(output: NotebookNode) -> NotebookNode | None:
    """The output with nothing that could run in a reader's browser; None if nothing is left."""
    if output.output_type in ("stream", "error"):
        return output
    data = {kind: value for kind, value in output.data.items() if kind in SAFE}
    for kind in ("text/html", "text/markdown"):
        if kind in output.data:
            text = "".join(output.data[kind])
            data[kind] = clean(text, TAGS, ATTRIBUTES, css_sanitizer=CSSSanitizer(), strip=True)
    if "image/svg+xml" in output.data and "text/html" not in data:
        drawing = "".join(output.data["image/svg+xml"]).encode()  # as an image, no script runs
        link = f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}"
        data["text/html"] = f'<img src="{link}"/>'
    if not data:
        return None
    described = {"alt": "".join(data.get("text/plain", "")) or "A figure."}  # for who can't see it
    about = {kind: described for kind in data if kind.startswith("image/")}
    if output.output_type == "execute_result":
        count = output.get("execution_count")
        return new_output("execute_result", data, metadata=about, execution_count=count)
    return new_output("display_data", data, metadata=about)


def harmless(text: str) -> str:
    """A student's Markdown with its HTML shown, not done, but for plain tags without attributes."""
    text = TAG.sub(lambda tag: tag[0] if PLAIN_TAG.match(tag[0]) else "&lt;" + tag[0][1:], text)
    return LINK.sub(lambda link: link[1] + (link[2] if is_safe(link[2]) else "#"), text)


def is_safe(link: str) -> bool:
    """Whether a link's address, as Markdown reads it, runs nothing."""
    address = "".join(unescape(link).replace("\\", "").split())
    scheme = re.match(r"([^/?#]*?):", address)
    return not scheme or scheme[1].lower() in SCHEMES or IMAGE.match(address) is not None


def printable(text: str) -> str:
    """The text without codes that steer a terminal or turn its direction."""
    kinds = ("Cc", "Cf")
    return "".join(
        c if c == "\n" or unicodedata.category(c) not in kinds else "\ufffd" for c in text
    )

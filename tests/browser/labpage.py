"""JupyterLab in headless Chromium: start a server, open a notebook, run cells, take pictures."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none", "autoStartDefault": True},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false"},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}
SCROLLER = ".jp-Notebook .jp-WindowedPanel-outer"


def chromium() -> str | None:
    """Path of the installed Chromium or Chrome, None when there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next(filter(None, map(shutil.which, names)), None)


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: its address, its token and the folder that it serves."""

    url: str
    token: str
    folder: Path

    def page_url(self, notebook: str) -> str:
        """The address that opens `notebook`, a path inside the folder."""
        return f"{self.url}/lab/tree/{notebook}?token={self.token}&reset"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _await(server: Server, process: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{server.url}/api?token={server.token}", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    for kind in (signal.SIGTERM, signal.SIGKILL):  # the server first shuts its kernels down
        try:
            os.killpg(process.pid, kind)
            process.wait(20)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


@contextmanager
def jupyter_lab(
    folder: Path, start: Sequence[str] = (sys.executable, "-m", "jupyterlab"), seconds: float = 60
) -> Iterator[Server]:
    """JupyterLab over `folder`, started there by `start`, its settings private; stopped at the end.

    Raises RuntimeError with the server's log when it does not answer in `seconds`.
    """
    server = Server(f"http://127.0.0.1:{_free_port()}", secrets.token_hex(16), folder.resolve())
    with tempfile.TemporaryDirectory() as private:
        home = Path(private)
        for name, values in SETTINGS.items():
            path = home / "settings" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        places = {
            "JUPYTERLAB_SETTINGS_DIR": home / "settings",
            "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
            "JUPYTER_CONFIG_DIR": home / "config",
            "JUPYTER_DATA_DIR": home / "data",
            "JUPYTER_RUNTIME_DIR": home / "runtime",
            "IPYTHONDIR": home / "ipython",
        }
        log = home / "log"
        command = [*start, "--no-browser", "--allow-root"]
        command += [f"--IdentityProvider.token={server.token}", "--ServerApp.port_retries=0"]
        command += [f"--ServerApp.port={server.url.rpartition(':')[2]}"]
        command += ["--LabApp.expose_app_in_browser=True"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                cwd=server.folder,
                start_new_session=True,
                env=os.environ | {key: str(value) for key, value in places.items()},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            try:
                _await(server, process, log, seconds)
                yield server
            finally:
                _stop(process)


@contextmanager
def browser_page(width: int = 1280, height: int = 1600) -> Iterator[Page]:
    """A page of headless Chromium. Raises RuntimeError when Chromium is not installed."""
    executable = chromium()
    if executable is None:
        raise RuntimeError("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGS)
        try:
            yield browser.new_page(viewport={"width": width, "height": height})
        finally:
            browser.close()


def open_notebook(page: Page, server: Server, notebook: str, seconds: float = 90) -> None:
    """Open `notebook` (a path inside the server's folder) and wait until its kernel is idle."""
    page.goto(server.page_url(notebook))
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=seconds * 1000)
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
        " === 'idle'",
        timeout=seconds * 1000,
    )


def command(page: Page, name: str) -> None:
    """Run one of JupyterLab's commands and wait until it is done."""
    page.evaluate(
        "name => window.jupyterapp.commands.execute(name, {}).then(() => undefined)", name
    )


def run_cell(page: Page, index: int) -> str:
    """Run the cell at `index` (counting all cells from 0); what its output area then reads."""
    page.evaluate(
        "i => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = i }", index
    )
    command(page, "notebook:run-cell")
    return page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-OutputArea").inner_text()


def run_all(page: Page, seconds: float = 600) -> None:
    """Run every cell and wait until the kernel has been idle; stops at the first error."""
    page.set_default_timeout(seconds * 1000)
    command(page, "notebook:run-all-cells")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
        " === 'idle'"
    )
    page.wait_for_timeout(1500)  # widgets and MathJax draw


def shoot(page: Page, folder: Path) -> list[Path]:
    """Pictures of the open notebook from top to bottom, one screen each, written to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    page.evaluate("() => window.jupyterapp.shell.collapseRight()")
    page.wait_for_timeout(500)
    bottom = page.locator(".jp-Notebook .jp-Cell").last
    bottom.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    step, total = page.evaluate(
        "css => { const box = document.querySelector(css); box.scrollTop = 0;"
        " return [box.clientHeight - 40, box.scrollHeight] }",
        SCROLLER,
    )
    pictures = []
    for number in range(max(1, -(-total // step))):
        page.evaluate(
            "([css, top]) => { document.querySelector(css).scrollTop = top }",
            [SCROLLER, number * step],
        )
        page.wait_for_timeout(300)
        pictures.append(folder / f"screen-{number + 1:02}.png")
        page.screenshot(path=pictures[-1])
    return pictures


def shoot_cells(page: Page, folder: Path) -> list[Path]:
    """One picture of each cell of the open notebook, written to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    cells = page.locator(".jp-Notebook .jp-Cell")
    pictures = []
    for index in range(cells.count()):
        pictures.append(folder / f"cell-{index:02}.png")
        cells.nth(index).screenshot(path=pictures[-1])
    return pictures

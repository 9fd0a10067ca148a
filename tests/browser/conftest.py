"""Browser tests skip where there is no Chromium, and fail on CI, where there must be one."""

import os

import pytest
from labpage import chromium


@pytest.fixture(autouse=True)
def needs_chromium():
    if chromium() is None:
        why = "Chromium is not installed"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)

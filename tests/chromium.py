"""Which Chromium the tests open."""

from pathlib import Path

# The same engine without a browser's own windows, which cost as much as the page: where there is none, the browser.
# By itself its made-up microphone says next to nothing: media are tested in the browser.
ENGINE, BROWSER = Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")
CHROMIUM = ENGINE if ENGINE.exists() else BROWSER

"""Draws the pages of a running exporter for the documentation; its address is the argument."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.web.pages.browser import Browser

FOLDER = Path(__file__).parent.parent.parent.parent / "docs" / "images"
SIZES = {"status": ("", 1400, 760), "wallboard": ("servers/berlin", 1920, 1080)}


async def draw(url: str, folder: Path) -> None:
    """Each page, light and dark."""
    with tempfile.TemporaryDirectory() as profile:
        async with Browser(Path(profile)) as browser:
            for name, (path, width, height) in SIZES.items():
                for dark in (False, True):
                    await browser.look(width, height, dark)
                    await browser.open(url + path)
                    await browser.until("document.getElementById('live').textContent === 'Live'")
                    await asyncio.sleep(1)
                    (folder / f"{name}-{'dark' if dark else 'light'}.png").write_bytes(
                        await browser.picture()
                    )


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    asyncio.run(draw(sys.argv[1], FOLDER if len(sys.argv) < 3 else Path(sys.argv[2])))

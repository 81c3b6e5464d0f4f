"""Draws the pages for the documentation, light and dark, of a demo that has run for some minutes."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.exporter_process import free_port
from tests.web.pages.browser import Browser

FOLDER = Path(__file__).parents[3] / "docs" / "images"
MINUTES = float(os.environ.get("MINUTES", "10"))
PAGES = {"status": ("", 1400, 460), "wallboard": ("servers/lisbon", 1440, 900)}


async def main() -> None:
    """Run the demo, then draw."""
    address = f"127.0.0.1:{free_port()}"
    command = (sys.executable, "-m", "exporter", "demo", f"--web.listen-address={address}")
    demo = await asyncio.create_subprocess_exec(*command)
    try:
        await asyncio.sleep(60 * MINUTES)
        await draw(f"http://{address}/")
    finally:
        demo.terminate()
        await demo.wait()


async def draw(url: str) -> None:
    """Draw each page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        async with Browser(Path(profile)) as browser:
            for name, (path, width, height) in PAGES.items():
                for dark in (False, True):
                    await browser.look(width, height, dark)
                    await browser.open(url + path)
                    await browser.until("document.getElementById('live')?.textContent === 'Live'")
                    await browser.until("document.querySelector('tbody tr')")
                    file = FOLDER / f"{name}-{'dark' if dark else 'light'}.png"
                    file.write_bytes(await browser.picture())


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    asyncio.run(main())

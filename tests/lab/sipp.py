"""One sipp process: it plays a scenario from scenarios/ and ends by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

SCENARIOS = Path(__file__).parent / "scenarios"
PATIENCE = 60  # seconds for the last calls to end


class Sipp:
    """timeout(1) bounds it even when its starter is killed: first no new calls, then the end."""

    def __init__(self, scenario: Path, port: int, media: int, seconds: float, *options: str) -> None:
        bound = ["timeout", "--foreground", "--signal=USR1", f"--kill-after={PATIENCE}", str(round(seconds))]
        # numbers only: a name would be looked up
        local = ["-i", "127.0.0.1", "-p", str(port), "-mi", "127.0.0.1", "-mp", str(media), "-rtp_echo"]
        self._process = subprocess.Popen(
            [*bound, "sipp", "-sf", scenario, "-nostdin", "-aa", *local, *options],
            cwd=scenario.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def finish(self) -> None:
        """No new calls; it ends when its last call has ended."""
        if self.running:
            self._process.send_signal(signal.SIGUSR1)

    def abort(self) -> None:
        """Hangs up every call: sipp does so at its second SIGUSR1, if it did not take both for one."""
        self.finish()
        time.sleep(0.02)
        self.finish()

    def kill(self) -> None:
        if self.running:
            os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it ended; without a number of seconds it always does."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def scenario(folder: Path, name: str, *, answer_bye: bool, **seconds: float) -> Path:
    """A scenario with its times filled in, of a far end that answers a BYE or of one that does not."""
    hung_up = (SCENARIOS / ("answer-bye.xml" if answer_bye else "ignore-bye.xml")).read_text()
    text = (SCENARIOS / f"{name}.xml").read_text().replace("@HUNG_UP@", hung_up)
    for key, value in seconds.items():
        text = text.replace(f"@{key.upper()}@", str(round(value * 1000)))
    path = folder / "-".join([name, *(str(value) for value in seconds.values())])
    path.write_text(text)
    return path

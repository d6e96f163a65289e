"""Called by scripts/memory.sh: memory.py COMMAND... runs a command and prints its peak memory in MiB, and its seconds.

Peak of all resident memory as the kernel counts it (ru_maxrss), and of its parts, sampled every 5 ms: own memory
(RssAnon) and pages of mapped files (RssFile: they are the page cache's, shared, and given back at once under pressure).
"""

import os
import subprocess
import sys
import time


def status(pid):
    try:
        with open(f"/proc/{pid}/status") as lines:
            return {key: int(value.split()[0]) for key, value in (line.split(":", 1) for line in lines) if key.startswith("Rss")}
    except (FileNotFoundError, ProcessLookupError):
        return {}


def main():
    started, peak = time.monotonic(), {"RssAnon": 0, "RssFile": 0}
    process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
    while True:
        pid, code, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        now = status(process.pid)
        peak = {key: max(value, now.get(key, 0)) for key, value in peak.items()}
        time.sleep(0.005)
    if code:
        sys.exit(f"memory.py: {sys.argv[1:]} failed: {code}")
    kib = (usage.ru_maxrss, peak["RssAnon"], peak["RssFile"])
    print(*(round(n / 1024) for n in kib), round(time.monotonic() - started, 1))


main()

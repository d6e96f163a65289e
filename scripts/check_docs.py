"""Called by scripts/check_docs.sh. Console blocks are run by tests/readme.rs; this runs the blocks of Python.

Each runs in a folder with `found/`, the results of scanning fixtures/shards with fixtures/references, and must print what the block of
`text` behind it shows.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).parent.parent
BLOCKS = re.compile(r"^```python\n(.*?)^```\n+```text\n(.*?)^```", re.MULTILINE | re.DOTALL)

with tempfile.TemporaryDirectory() as folder:
    scan = [root / "target/release/ringfence", "scan", "--references", root / "fixtures/references", root / "fixtures/shards", "--out", "found"]
    subprocess.run(scan, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    seen = 0
    for document in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        text = document.read_text()
        blocks = BLOCKS.findall(text)
        assert len(blocks) == text.count("```python"), f"{document}: a block of Python without its output"
        for code, shown in blocks:
            run = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
            assert run.returncode == 0, f"{document}: {run.stderr}"
            assert run.stdout.strip() == shown.strip(), f"{document}: shown\n{shown}\nprinted\n{run.stdout}"
            seen += 1
    assert seen, "no block of Python was found"

#!/usr/bin/env python3
"""Writes what the console blocks of README.md and docs/guide.md print now into them; tests/readme.rs checks that they are so.

usage: update_docs.py [BINARY]     (default target/release/ringfence; needs no packages)

An output with elisions (`...`, `[..]`) is left as it is: mend it by hand if the test asks for it.
"""
import os, pathlib, shutil, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(command, folder, binary):
    script = "exec 2>&1\n" + command.replace("cargo run --release --", "ringfence")
    env = {**os.environ, "PATH": f"{binary.parent}:{ROOT}/.venv/bin:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-o", "pipefail", "-c", script], cwd=folder, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        print(f"failed: {command}\n{done.stdout}")
    return done.stdout.rstrip("\n").split("\n") if done.stdout.strip() else []


def update(document, binary):
    lines, out, inside, at = document.read_text().split("\n"), [], False, 0
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "fixtures", pathlib.Path(folder) / "fixtures")
        while at < len(lines):
            line = lines[at]
            out.append(line)
            at += 1
            if line.startswith("```"):
                inside = not inside and line == "```console"
            if not (inside and line.startswith("$ ")):
                continue
            command = line[2:]
            while lines[at].startswith("> "):
                command += "\n" + lines[at][2:]
                out.append(lines[at])
                at += 1
            shown = []
            while not lines[at].startswith(("$ ", "```")):
                shown.append(lines[at])
                at += 1
            printed = run(command, folder, binary)
            elided = any(text == "..." or "[..]" in text for text in shown)
            if elided:
                print(f"{document.name}: left as it is: {command}")
                out += shown
            else:
                out += printed + ([""] if shown and not shown[-1] and printed else [])
    document.write_text("\n".join(out))


def main():
    binary = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/release/ringfence").resolve()
    for name in ("README.md", "docs/guide.md"):
        update(ROOT / name, binary)


main()

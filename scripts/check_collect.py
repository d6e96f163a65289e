"""What `ringfence collect` takes from real transcripts, against a second reading of the same files.

Usage: check_collect.py RINGFENCE TRANSCRIPTS

Reads every transcript with the standard library, by the names of fields and tools of each assistant, and compares for each file:
texts and bytes by kind, texts by model, the first and the last timestamp. Of edits and patches only the numbers are compared
(which words are the model's is for the unit tests), and that each is a part of what the model sent. No file may have records
that are not understood. TRANSCRIPTS/INDEX.json, where present, must name the same models and versions.
"""

import collections
import datetime
import difflib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

WORD = re.compile(r"\w+|[^\w\s]")
# Tools whose input is a new file, an edit, or a command, by assistant.
SHELLS = {"Bash": "command", "bash": "command", "exec_command": "cmd", "run_shell_command": "command"}


def has_new_words(old, new):
    """Whether an edit puts anything in: words that are not in the old text, in lines that are not there either."""
    letters = lambda line: "".join(c for c in line if c.isalnum()).lower()
    lines = {letters(line) for line in old.splitlines() if len(letters(line).encode()) >= 12}
    before, after = WORD.findall(old), []
    for line in new.splitlines():
        after += [(word, letters(line) in lines) for word in WORD.findall(line)]
    matcher = difflib.SequenceMatcher(None, before, [word for word, _ in after], autojunk=False)
    changed = [after[j] for tag, _, _, start, end in matcher.get_opcodes() if tag in ("insert", "replace") for j in range(start, end)]
    return any(not copied for _, copied in changed)


def patch_files(patch):
    """The files to which an apply_patch patch adds lines."""
    files, current, old, new = set(), None, [], []

    def hunk():
        if current and has_new_words("\n".join(old), "\n".join(new)):
            files.add(current)
        old.clear()
        new.clear()

    for line in patch.splitlines():
        named = re.match(r"\*\*\* (?:Add|Update|Delete) File: (.*)", line)
        if named or line.startswith(("@@", "***")):
            hunk()
            current = named.group(1) if named else current
        elif line.startswith("+"):
            new.append(line[1:])
        elif line.startswith("-"):
            old.append(line[1:])
        else:
            old.append(line[1:])
            new.append(line[1:])
    hunk()
    return files


class Reading:
    """What one file holds."""

    def __init__(self):
        self.texts = []  # kind, text or None, model, time

    def add(self, kind, text, model, time):
        if text is None or text.strip():
            self.texts.append((kind, text, model, time))

    def call(self, tool, args, model, time):
        if isinstance(args, str):
            try:
                args = json.loads(args)
            except ValueError:
                pass
        if isinstance(args, str):
            if args.startswith("*** Begin Patch"):
                for _ in patch_files(args):
                    self.add("patch", None, model, time)
        elif tool in SHELLS:
            self.add("command", args[SHELLS[tool]], model, time)
        elif tool == "shell":
            command = args["command"]
            self.add("command", command[2] if len(command) == 3 and command[1].endswith("c") and command[1][0] == "-" else " ".join(command), model, time)
        elif tool in ("Edit", "MultiEdit", "replace"):
            for edit in args.get("edits", [args]):
                if has_new_words(edit["old_string"], edit["new_string"]):
                    self.add("edit", None, model, time)
        elif tool in ("Write", "write_file", "create"):
            self.add("code", args["content"] if "content" in args else args["file_text"], model, time)
        elif tool in ("Task", "Agent"):
            self.add("chat", args.get("prompt", ""), model, time)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def utc(text):
    time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return time.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def claude_code(path, out):
    for row in lines(path):
        message = row.get("message", {})
        if row["type"] != "assistant" or message["model"] == "<synthetic>":
            continue
        for block in message["content"]:
            at = message["model"], utc(row["timestamp"])
            if block["type"] in ("text", "thinking"):
                out.add({"text": "chat", "thinking": "thinking"}[block["type"]], block[block["type"]], *at)
            else:
                out.call(block["name"], block["input"], *at)


def codex(path, out):
    model, time = "", ""
    for row in lines(path):
        time = utc(row["timestamp"]) if "timestamp" in row else time
        if row.get("type") == "turn_context":
            model = row["payload"]["model"]
        item = row.get("payload", row)
        if row.get("type") not in ("response_item", "message", "reasoning", "function_call"):
            continue
        if item["type"] == "message" and item["role"] == "assistant":
            for part in item["content"]:
                out.add("chat", part["text"], model, time)
        elif item["type"] == "reasoning":
            for part in item["summary"]:
                out.add("thinking", part["text"], model, time)
        elif item["type"] in ("function_call", "custom_tool_call"):
            out.call(item["name"], item.get("arguments", item.get("input")), model, time)


def codex_exec(path, out):
    for row in lines(path):
        item = row.get("item", {})
        if row["type"] == "item.completed" and item["type"] in ("agent_message", "reasoning"):
            out.add({"agent_message": "chat", "reasoning": "thinking"}[item["type"]], item["text"], "", "")
        elif row["type"] == "item.completed" and item["type"] == "command_execution":
            out.add("command", item["command"], "", "")


def copilot_cli(path, out):
    for row in lines(path):
        data = row["data"]
        if row["type"] == "assistant.message":
            at = data["model"], utc(row["timestamp"])
            out.add("thinking", data.get("reasoningText", ""), *at)
            out.add("chat", data["content"], *at)
            for request in data["toolRequests"]:
                out.call(request["name"], request["arguments"], *at)


def gemini_cli(path, out):
    for message in json.loads(path.read_text())["messages"]:
        if message["type"] != "gemini":
            continue
        at = message["model"], utc(message["timestamp"])
        for thought in message.get("thoughts", []):
            out.add("thinking", f"{thought['subject']}\n{thought['description']}", *at)
        out.add("chat", message["content"], *at)
        for call in message.get("toolCalls", []):
            out.call(call["name"], call["args"], *at)


def pi(path, out):
    for row in lines(path):
        message = row.get("message", {})
        if message.get("role") != "assistant":
            continue
        at = message["model"], utc(row["timestamp"])
        for block in message["content"]:
            if block["type"] == "toolCall":
                out.call(block["name"], block["arguments"], *at)
            else:
                out.add({"text": "chat", "thinking": "thinking"}[block["type"]], block[block["type"]], *at)


def aider(path, out):
    model, time, said, program = "", "", [], False
    block = re.compile(r"(?:^([^\n]*[./][^\n ]*)\n)?(?:^```[^\n]*\n)?^<{5,9} SEARCH\n(.*?)^={5,9}\n(.*?)^>{5,9} REPLACE\n(?:^```\n)?", re.M | re.S)

    def end():
        text = "".join(said)
        said.clear()
        # Their bytes depend on blank lines around blocks, so only their number is compared.
        if block.sub("", text).strip():
            out.add("chat", None, model, time)
        for found in block.finditer(text):
            if has_new_words(found.group(2), found.group(3)):
                out.add("edit", None, model, time)

    for line in path.read_text().splitlines():
        if line.startswith("# aider chat started at "):
            end()
            program = False
            model, time = "", line.removeprefix("# aider chat started at ").strip().replace(" ", "T")
        elif line.startswith(("> ", "####")):
            end()
            # What follows a line of the program at once is the program's too.
            program = line.startswith("> ")
            banner = re.match(r"> (?:Main m|M)odels?: ([^ ,]+)", line)
            model = banner.group(1) if banner else model
        elif program and line.strip():
            program = None
        elif program is not None:
            program = False
            said.append(line + "\n")
    end()


def claude_terminal(path, out):
    speaker, said = None, []

    def end():
        text = "\n".join(said).rstrip()
        if speaker == "model" and text not in ("", "Read Todos", "Update Todos"):
            if not re.match(r"[\w-]+\([^\n]*\u2026(\n|$)|[\w-]+\(.*\u2026$", text, re.S):
                out.add("chat", None, "", "")
            elif re.match(r"Bash\(.*\)\u2026$", text, re.S):
                out.add("command", None, "", "")
        said.clear()

    for line in path.read_text().split("\n"):
        if line.startswith("\u23fa "):
            end()
            speaker, line = "model", line[2:]
        elif line.lstrip().startswith("\u23bf") or line.startswith("> "):
            end()
            speaker = "others"
        elif line.strip() and not line.startswith("  "):
            end()
            speaker = None
        said.append(line.removeprefix("  "))
    end()


READERS = {
    "claude-code": claude_code,
    "codex": codex,
    "codex-structure-only": codex,
    "codex-exec-json": codex_exec,
    "copilot-cli": copilot_cli,
    "gemini-cli": gemini_cli,
    "pi": pi,
    "aider": aider,
    "claude-code-terminal": claude_terminal,
}


def compare(name, mine, theirs):
    """Complaints about one file."""
    faults = []

    def same(what, expected, found):
        if expected != found:
            faults.append(f"{name}: {what}: {expected} by the second reading, {found} collected")

    kinds = collections.Counter(kind for kind, *_ in mine.texts)
    same("texts by kind", dict(kinds), {kind: volume["texts"] for kind, volume in theirs["kinds"].items()})
    for kind in kinds:
        texts = [text for k, text, *_ in mine.texts if k == kind]
        if None not in texts:
            same(f"bytes of {kind}", sum(len(text.encode()) for text in texts), theirs["kinds"].get(kind, {}).get("bytes"))
    same("texts by model", dict(collections.Counter(model for *_, model, _ in mine.texts)), theirs["models"])
    times = sorted(time for *_, time in mine.texts if time)
    same("first timestamp", times[0] if times else "", theirs["first"])
    same("last timestamp", times[-1] if times else "", theirs["last"])
    same("records not understood", 0, theirs["not_understood"])
    return faults


def check_index(index, files):
    """The pack's own index: models and versions of each file."""
    faults = []
    for entry in json.loads(index.read_text()):
        found = files.get(f"{entry['agent']}/{entry['name']}")
        if found is None:
            continue
        models = {model for model in entry.get("models", {}) if model != "<synthetic>"}
        if models and set(found["models"]) - {""} != models:
            faults.append(f"{entry['name']}: models {sorted(models)} in INDEX.json, {sorted(found['models'])} collected")
        versions = set(entry.get("versions", {}))
        if versions and set(found["versions"]) != versions:
            faults.append(f"{entry['name']}: versions {sorted(versions)} in INDEX.json, {found['versions']} collected")
    return faults


def main(binary, transcripts):
    root = pathlib.Path(transcripts)
    with tempfile.TemporaryDirectory() as folder:
        command = [binary, "collect", transcripts, "--out", f"{folder}/references.parquet", "--json"]
        report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["report"]
    files = {file["source"]: file for file in report["files"]}
    faults, read = [], 0
    for agent, reader in READERS.items():
        for path in sorted((root / agent).glob("*")):
            name = f"{agent}/{path.name}"
            mine = Reading()
            reader(path, mine)
            read += 1
            faults += compare(name, mine, files[name]) if name in files else [f"{name}: not collected"]
    faults += check_index(root / "INDEX.json", files) if (root / "INDEX.json").exists() else []
    if read < 20:
        faults.append(f"only {read} transcripts in {transcripts}")
    print("\n".join(faults) or f"{read} transcripts agree: {report['texts']} texts, {report['repeated']} repetitions")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

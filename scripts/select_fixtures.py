#!/usr/bin/env python3
"""Makes fixtures/references, fixtures/shards and fixtures/labels.jsonl from a pack of real text.

    scripts/select_fixtures.py DATA_DIR [OUT_DIR]

DATA_DIR holds reference_shared.parquet (known model outputs) and clean_shared.parquet (human text), each row with its
licence. Run by hand; its output is committed, so that nobody else needs the pack. Same input, same bytes.

1. References: rows whose licence is exactly one of REFERENCE_LICENCES, at most QUOTA per source. Prompts are not taken.
2. Hosts: human text whose licence is one of HOST_LICENCES, cut into excerpts, none of it near any reference.
3. Plants: copies of some references among the hosts, of five kinds (see KINDS), each with a line in labels.jsonl.
4. Checks: no credential-like string, every plant as near to its reference as its kind says, every host far from all.

`jaccard` is measured here on 32-byte windows at word starts, a plain second version of the crate's definition.
"""
import collections
import hashlib
import json
import pathlib
import random
import re
import sys
import textwrap
import unicodedata

import pyarrow as pa
import pyarrow.parquet as pq

SEED = "ringfence fixtures 1"
REFERENCE_LICENCES = {"MIT", "Apache-2.0"}
HOST_LICENCES = {
    "MIT", "Apache-2.0", "PSF-2.0",
    "MIT (MMLU); decon Apache-2.0",
    "CC0-1.0 / US public domain",
    "public domain in Japan (Aozora Bunko)",
}
# file of fixtures/references -> [(source, kind or None, number of rows)]
QUOTA = {
    "openai-gpt4.parquet": [("teknium1/GPTeacher", "code", 110), ("teknium1/GPTeacher", "tool_use", 25)],
    "anthropic-claude.parquet": [
        ("entireio/cli", "agent_text", 50), ("entireio/cli", "agent_code", 30), ("entireio/cli", "agent_thinking", 30),
        ("badlogic/pi-mono", None, 20), ("palimondo/BookMinder", None, 12), ("d-kimuson/claude-code-viewer", None, 5),
        ("jnarowski/agentcmd", None, 2),
    ],
    "agents.jsonl": [("EntityProcess/agentv", None, 60), ("Aider-AI/aider", None, 25)],
}
REFERENCE_COLUMNS = ["id", "vendor", "model", "source", "source_path", "licence", "kind", "text"]
HOSTS = {
    "web": [("allenai/decon", 170), ("standardebooks/", 100), ("python/", 12)],
    "code": [("python/", 190), ("crate/arrow-", 60), ("crate/bytes-", 8)],
    "chat": [("openai/grade-school-math", 230)],
    "forum": [("aozorahack/", 60), ("allenai/decon", 120)],
}
PLANTED = {  # which kinds of references go where
    "web": {"agent_text", "agent_thinking", "tool_use"},
    "code": {"code", "agent_code"},
    "chat": {"agent_text", "code", "agent_thinking"},
    "forum": {"agent_text", "tool_use", "code"},
}
KINDS = {"verbatim": 6, "rewrapped": 3, "recased": 3, "edited": 4, "short": 2}
ROW_GROUP = 100
QUIET_ROWS = range(100, 200)  # no plants here: a row group without a hit in every Parquet shard
LONGEST_REFERENCE, LONGEST_HOST = 6000, 2400

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
UNSPACED = re.compile("([\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff])")
CREDENTIAL = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20}|sk-[A-Za-z0-9_-]{16}|xox[abprs]-|-----BEGIN [A-Z ]*PRIVATE KEY|eyJ[A-Za-z0-9_-]{20}"
    r"|AIza[0-9A-Za-z_-]{30}|(?i:api[_-]?key|secret|token|passw(or)?d)['\"]?\s*[:=]\s*['\"][^'\"\s]{6,}"
    r"|\b[A-Za-z0-9._%+-]+@(?!example\.)[A-Za-z0-9-]+\.[A-Za-z]{2,}"
)


def words(text):
    """The packed words of a text: NFKC, case folded, letters and digits only."""
    text = unicodedata.normalize("NFKC", text).translate(INVISIBLE).casefold()
    runs = re.findall(r"[^\W_]+", text)
    return [w.encode() for run in runs for w in UNSPACED.split(run) if w]


def shingles(text):
    parts, at, found = words(text), 0, set()
    whole = b"".join(parts)
    for part in parts:
        if at + 32 > len(whole):
            break
        found.add(whole[at:at + 32])
        at += len(part)
    return found


def jaccard(a, b):
    """Of two shingle sets; 0 when either is empty."""
    return len(a & b) / len(a | b) if a and b else 0.0


def is_short(text):
    return 0 < sum(map(len, words(text))) < 32


def shuffled(rows):
    """An order that depends on the seed and the ids only."""
    return sorted(rows, key=lambda r: hashlib.sha256(f"{SEED} {r['id']}".encode()).digest())


def pick_references(path):
    rows = [r for r in shuffled(pq.read_table(path).to_pylist())
            if r["licence"] in REFERENCE_LICENCES and len(r["text"]) <= LONGEST_REFERENCE and not CREDENTIAL.search(r["text"])]
    rows.sort(key=lambda r: not is_short(r["text"]))  # the few that are shorter than a shingle come first
    taken, seen = {}, set()
    for name, quotas in QUOTA.items():
        taken[name] = []
        for source, kind, number in quotas:
            for r in rows:
                key = b"".join(words(r["text"]))
                if number and r["source"] == source and kind in (None, r["kind"]) and key not in seen:
                    seen.add(key)
                    taken[name].append({c: r[c] for c in REFERENCE_COLUMNS})
                    number -= 1
    return taken


def excerpt(text, rng):
    """A run of whole lines of at most LONGEST_HOST characters, from somewhere in the text."""
    if len(text) <= LONGEST_HOST:
        return text
    lines = text.splitlines(keepends=True)
    out, start = "", rng.randrange(max(1, len(lines) // 2))
    for line in lines[start:]:
        if len(out) + len(line) > LONGEST_HOST:
            break
        out += line
    return out


def pick_hosts(path, references):
    known = [shingles(r["text"]) for r in references]
    rows = [r for r in shuffled(pq.read_table(path).to_pylist()) if r["licence"] in HOST_LICENCES]
    used, hosts = set(), {}
    for shard, quotas in HOSTS.items():
        hosts[shard] = []
        for source, number in quotas:
            for r in rows:
                if not number:
                    break
                if r["id"] in used or not r["source"].startswith(source) or r["ref_overlap_w8"] > 0.05:
                    continue
                text = excerpt(r["text"], random.Random(f"{SEED} {r['id']}"))
                windows = shingles(text)
                if not windows or CREDENTIAL.search(text) or max(jaccard(windows, k) for k in known) >= 0.2:
                    continue
                used.add(r["id"])
                hosts[shard].append(dict(id=r["id"], source=r["source"], licence=r["licence"], title=r["title"], text=text))
                number -= 1
        random.Random(f"{SEED} {shard}").shuffle(hosts[shard])
    return hosts


def edit(text, rng, vocabulary):
    """5 % of the words substituted, deleted or swapped with the next."""
    parts = re.split(r"(\s+)", text)
    places = [i for i in range(0, len(parts), 2) if parts[i]]
    for i in rng.sample(places, max(1, round(0.05 * len(places)))):
        what = rng.random()
        if what < 0.6:
            parts[i] = rng.choice(vocabulary)
        elif what < 0.8:
            parts[i] = ""
        elif i + 2 < len(parts):
            parts[i], parts[i + 2] = parts[i + 2], parts[i]
    return "".join(parts)


def edited(text, rng, vocabulary):
    """The first of a few edits that is still plainly near; None if none is."""
    for _ in range(20):
        copy = edit(text, rng, vocabulary)
        if 0.55 <= jaccard(shingles(copy), shingles(text)) < 1.0:
            return copy
    return None


def disguise(kind, text, rng, vocabulary):
    match kind:
        case "rewrapped":
            return "\n".join(textwrap.wrap(" ".join(text.split()), 60, break_long_words=False, break_on_hyphens=False))
        case "recased":
            return rng.choice([str.upper, str.lower, str.swapcase])(text)
        case "edited":
            return edited(text, rng, vocabulary)
        case _:
            return text


def plant(shard, hosts, references, free):
    """Puts plants among the hosts; returns [(row, kind, reference)] and the records, each with its `text`."""
    rng = random.Random(f"{SEED} plant {shard}")
    vocabulary = sorted({w for h in hosts for w in h["text"].split() if w.isalpha()})
    plants = []
    for kind, number in KINDS.items():
        for r in list(free):
            if not number:
                break
            if is_short(r["text"]) != (kind == "short") or not (kind == "short" or r["kind"] in PLANTED[shard]):
                continue
            if kind != "short" and len(shingles(r["text"])) < 25:
                continue
            text = disguise(kind, r["text"], rng, vocabulary)
            if text is None or text == r["text"] and kind not in ("verbatim", "short"):
                continue
            free.remove(r)
            plants.append((kind, r, text))
            number -= 1
        assert not number, (shard, kind, "too few references")
    total = len(hosts) + len(plants)
    rows = sorted(rng.sample([i for i in range(total) if i not in QUIET_ROWS], len(plants)))
    rng.shuffle(plants)
    records, labels = list(hosts), []
    for row, (kind, r, text) in zip(rows, plants):
        records.insert(row, dict(id=f"planted-{shard}-{row}", source="planted", licence=r["licence"], title=None, text=text))
        labels.append((row, kind, r, text))
    return records, labels


def conversation(record, row):
    """messages[] of a record, and which of them holds its text."""
    messages = [dict(role="user", content=record["title"] or "Go on."), dict(role="assistant", content=record["text"])]
    if row % 5 == 0:
        messages.insert(0, dict(role="system", content="Answer briefly."))
    if row % 7 == 0:
        messages.append(dict(role="user", content="Thanks."))
    return messages, 1 + (row % 5 == 0)


def write_parquet(path, rows, schema, codec):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression=codec, row_group_size=ROW_GROUP)


def write_jsonl(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    codec = "zstd" if path.suffix == ".zst" else None
    with pa.output_stream(str(path), compression=codec) as out:
        for row in rows:
            out.write((json.dumps(row, ensure_ascii=False) + "\n").encode())


def write_shard(root, shard, records):
    """Writes one shard; returns its relative path and, for each row, the index of the labelled text in its record."""
    text = pa.string()
    if shard == "chat":
        turns = [conversation(r, i) for i, r in enumerate(records)]
        message = pa.struct([("role", text), ("content", text)])
        schema = pa.schema([("id", text), ("source", text), ("licence", text), ("messages", pa.list_(message))])
        rows = [dict(r, messages=m) for r, (m, _) in zip(records, turns)]
        write_parquet(root / "chat/part-0.parquet", rows, schema, "gzip")
        return "chat/part-0.parquet", [index for _, index in turns]
    if shard == "forum":
        rows = [{k: r[k] for k in ("id", "source", "licence", "text")} for r in records]
        write_jsonl(root / "forum/part-0.jsonl.zst", rows)
        return "forum/part-0.jsonl.zst", [0] * len(rows)
    schema = pa.schema([("id", text), ("source", text), ("licence", text), ("text", text), ("chars", pa.int32()), ("word_length", pa.float32())])
    rows = [dict(r, chars=len(r["text"]), word_length=len(r["text"]) / max(1, len(r["text"].split()))) for r in records]
    write_parquet(root / f"{shard}/part-0.parquet", rows, schema, "zstd" if shard == "web" else "snappy")
    return f"{shard}/part-0.parquet", [0] * len(rows)


def main():
    data = pathlib.Path(sys.argv[1])
    out = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).parent.parent / "fixtures")
    files = pick_references(data / "reference_shared.parquet")
    references = [r for rows in files.values() for r in rows]
    schema = pa.schema([(c, pa.string()) for c in REFERENCE_COLUMNS])
    for name, rows in files.items():
        path = out / "references" / name
        write_jsonl(path, rows) if path.suffix == ".jsonl" else write_parquet(path, rows, schema, "zstd")

    free, lines = shuffled(references), []
    for shard, hosts in pick_hosts(data / "clean_shared.parquet", references).items():
        records, labels = plant(shard, hosts, references, free)
        path, index = write_shard(out / "shards", shard, records)
        for row, kind, r, text in labels:
            near = 1.0 if kind == "short" else round(jaccard(shingles(text), shingles(r["text"])), 3)
            assert near >= (0.55 if kind == "edited" else 1.0), (path, row, kind, near)
            lines.append(dict(shard=path, row=row, text_index=index[row], kind=kind, reference_id=r["id"], jaccard=near))
        print(path, len(records), dict(collections.Counter(r["source"].split("-")[0] for r in records)))
    write_jsonl(out / "labels.jsonl", lines)
    print(len(references), "references,", len(lines), "plants")


if __name__ == "__main__":
    main()

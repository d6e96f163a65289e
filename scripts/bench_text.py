"""The text that scripts/bench_corpus.py makes its records of: clean pieces by language, and references to copy from.

From ../shared/data where that exists, else from the fixtures. Pieces that match a reference by themselves are left out.
"""

import json
import pathlib
import random
import re
import subprocess
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq

import corpus

FIXTURES = corpus.ROOT / "fixtures"
HAN = re.compile(r"[\u4e00-\u9fff]")
# What most fixtures lack: a text from which to learn which character follows which.
SEED_CHINESE = "敏捷的棕色狐狸跳过了懒狗。据说它是十二只狐狸之一，住在山里的一个村子旁边；村里的人们每天都能看到它们。"
# Of the made Chinese text: characters, and how often one does not follow from the one before.
CHINESE, BREAKS = 6_000_000, 0.12
# Words of a passage, at least, and different words of letters in it: a table of numbers is no evidence, and found by nobody.
PASSAGE, TELLING = 80, 40
# Characters of a piece.
PIECE = 3000


def clean():
    """Rows of kind, lang and text."""
    if corpus.PLANTED:
        return pq.read_table(corpus.PACK / "clean_shared.parquet", columns=["kind", "lang", "text"]).to_pylist()
    labels = [json.loads(line) for line in (FIXTURES / "labels.jsonl").read_text().splitlines()]
    rows = []
    for name, kind, lang in (("web", "web", "en"), ("code", "code", "python")):
        planted = {label["row"] for label in labels if label["shard"] == f"{name}/part-0.parquet"}
        texts = pq.read_table(FIXTURES / f"shards/{name}/part-0.parquet", columns=["text"])["text"].to_pylist()
        rows += [{"kind": kind, "lang": lang, "text": text} for row, text in enumerate(texts) if row not in planted]
    return rows


def references():
    """Texts of references that passages can be taken from, in no script without spaces."""
    if corpus.PLANTED:
        texts = pq.read_table(corpus.REFERENCES, columns=["text"])["text"].to_pylist()
    else:
        lines = (FIXTURES / "references/agents.jsonl").read_text().splitlines()
        texts = [row.get("text") or row.get("output") or "" for row in map(json.loads, lines)]
    return [text for text in texts if len(text.split()) >= PASSAGE and not HAN.search(text)]


def is_telling(passage):
    """Whether a copy of it must be found."""
    return len(set(re.findall(r"[^\W\d_]{2,}", passage.lower()))) >= TELLING


def without_matches(pieces, index):
    """The pieces in which nothing is found."""
    with tempfile.TemporaryDirectory() as folder:
        shard, out = pathlib.Path(folder) / "pieces.parquet", pathlib.Path(folder) / "out"
        pq.write_table(pa.table({"text": pieces}), shard)
        subprocess.run([corpus.RINGFENCE, "scan", "--index", index, "--out", out, shard], check=True, stdout=subprocess.DEVNULL)
        found = set(pq.read_table(out / "matches.parquet", columns=["row"])["row"].to_pylist())
    return [piece for row, piece in enumerate(pieces) if row not in found]


def chinese(texts, rng):
    """New text in which each character follows another as it does in these: it repeats them as little as other text would."""
    text = re.sub(r"\s+", "", "".join(texts)) or SEED_CHINESE
    after = {}
    for one, other in zip(text, text[1:]):
        after.setdefault(one, []).append(other)
    made, last = [], text[0]
    for _ in range(CHINESE):
        follows = after.get(last)
        last = rng.choice(text) if follows is None or rng.random() < BREAKS else rng.choice(follows)
        made.append(last)
    return re.findall(r"[^。]{1,400}。?", "".join(made))


def split(text):
    """Pieces of a text, paragraphs together: shuffled, they repeat each other no more than records of a training corpus do."""
    pieces, piece = [], ""
    for paragraph in re.split(r"\n\s*\n", text):
        piece = f"{piece}\n\n{paragraph}" if piece else paragraph
        if len(piece) >= PIECE:
            pieces.append(piece)
            piece = ""
    return [*pieces, piece] if piece.strip() else pieces


def pools(index, wanted):
    """Pieces of text by language: english, code, chinese."""
    rng, rows = random.Random(7), clean()
    texts = {
        "english": [row["text"] for row in rows if row["lang"] == "en"],
        "code": [row["text"] for row in rows if row["kind"] == "code"],
        "chinese": [row["text"] for row in rows if row["lang"] == "zh" and row["kind"] == "wikipedia"],
    }
    pieces = {
        language: chinese(texts[language], rng) if language == "chinese" else [piece for text in texts[language] for piece in split(text)]
        for language in wanted
    }  # fmt: skip
    return {language: without_matches(of, index) for language, of in pieces.items()}

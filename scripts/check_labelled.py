"""Called by scripts/check_labelled.sh: scans the labelled sets of ../shared, scored by ../shared/checks/score.py.

Fails where a kind is found less often, or clean rows of a kind are flagged more often, than the tables below say; where under 99 % of
the hits name a right reference; where spans of embedded text are inexact. With --table: all figures by kind.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import pyarrow.parquet as pq

import corpus

SCORE = corpus.PACK.parent / "checks/score.py"
REFERENCES = [corpus.PACK / f"reference_{name}.parquet" for name in ("shared", "boilerplate")]


def run(*arguments):
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def scan(work, index, name, columns):
    out = work / name
    run(corpus.RINGFENCE, "scan", "--index", work / index, "--out", out, "--columns", columns, corpus.PACK / f"{name}.parquet")
    return out / "matches.parquet"


def score(name, matches):
    return json.loads(run(sys.executable, SCORE, corpus.PACK / f"{name}.parquet", matches, "--json"))


# Recall by kind, at least.
RECALL = {
    1.00: ["verbatim", "reformat_whitespace", "reformat_case", "unicode_compat", "unicode_smart_quotes", "unicode_zero_width", "unicode_spaces"],
    0.99: ["concat_two", "wrap_chat_template"],
    0.98: ["embed_50", "embed_20", "embed_10", "strip_markdown", "edit_05", "reformat_code", "truncate_50", "middle_50", "splice_two"],
    0.95: ["edit_10", "edit_20", "fragment_in_host", "truncate_25", "sentence_drop_30", "paraphrase_light", "unicode_homoglyph",
           "wrap_json_escaped", "wrap_html_escaped", "sentence_shuffle"],
    0.85: ["edit_30"],
    0.50: ["rename_identifiers"],
}
SHORT = 0.80
# Clean rows flagged by kind, at most. Of neg_import_block 3 % are asked for; 10 of the 11 rows that are flagged hold more than imports:
# up to 364 equal words of human code, which the references have too (docs/decisions.md).
FLAGGED = {"neg_assistant_phrases": 0, "neg_clean": 0.01, "neg_prompt_only": 0.01, "neg_licence_header": 0.01, "neg_import_block": 0.09, "neg_same_prompt": 0.04}
EXACT_SPANS = ["embed_50", "embed_20", "embed_10", "fragment_in_host"]


def faults(name, kinds):
    """The small set's kinds have some ten rows each: one row is let go there."""
    slack = 0 if name == "planted_labelled" else 1
    for least, of in RECALL.items():
        for kind in of:
            figures = kinds.get(kind, {"n": 0, "flagged": 0})
            if figures["flagged"] + slack < least * figures["n"] - 1e-9:
                yield f"{name}: {kind}: {figures['flagged']} of {figures['n']} found, at least {least} wanted"
    short = [figures for kind, figures in kinds.items() if kind.startswith("short_")]
    if sum(f["flagged"] for f in short) < SHORT * sum(f["n"] for f in short):
        yield f"{name}: of the short ones {sum(f['flagged'] for f in short)} of {sum(f['n'] for f in short)} found"
    for kind, most in FLAGGED.items():
        figures = kinds.get(kind, {"n": 0, "flagged": 0})
        if figures["flagged"] > most * figures["n"] + slack:
            yield f"{name}: {kind}: {figures['flagged']} of {figures['n']} flagged"
    hits = [figures for kind, figures in kinds.items() if figures["flagged"] and not kind.startswith("neg_")]
    right = sum(f["right_reference"] * f["flagged"] for f in hits) / sum(f["flagged"] for f in hits)
    if right < 0.99:
        yield f"{name}: only {right:.4f} of the hits name a right reference"
    for kind in EXACT_SPANS:
        if kinds.get(kind, {}).get("mean_iou", 1) < 0.95:
            yield f"{name}: {kind}: spans of {kinds[kind]['mean_iou']}"


def table(name, kinds):
    print(f"{name}\n{'kind':24} {'rows':>5} {'flagged':>8} {'rate':>6} {'right reference':>16} {'span IoU':>9}")
    for kind, figures in kinds.items():
        shown = ["" if figures[key] is None else f"{figures[key]:.3f}" for key in ("right_reference", "mean_iou")]
        print(f"{kind:24} {figures['n']:5} {figures['flagged']:8} {figures['rate']:6.3f} {shown[0]:>16} {shown[1]:>9}")


def main():
    if not SCORE.exists():
        print("skipped: there is no ../shared with labelled sets here")
        return
    wrong, line = [], []
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        run(corpus.RINGFENCE, "index", "build", "--out", work / "both.rf", *REFERENCES)
        run(corpus.RINGFENCE, "index", "build", "--out", work / "shared.rf", REFERENCES[0])
        for name, columns in (("planted_labelled", "text"), ("planted_chat", "messages[].content")):
            scored = score(name, scan(work, "both.rf", name, columns))
            kinds, summary = scored["kinds"], scored["summary"]
            wrong += faults(name, kinds)
            if "--table" in sys.argv:
                table(name, kinds)
            line.append(f"{name}: recall over all kinds {summary['recall']:.3f}, {summary['false_flags']} of {summary['negatives']} clean rows flagged")
        for name, most in (("clean_shared", 2), ("clean_same_prompt_shared", 20)):
            matches = pq.read_table(scan(work, "shared.rf", name, "text")).to_pylist()
            rows, flagged = pq.ParquetFile(corpus.PACK / f"{name}.parquet").metadata.num_rows, {match["row"] for match in matches}
            line.append(f"{name}: {len(flagged)} of {rows} rows flagged")
            if len(flagged) > most:
                wrong.append(f"{name}: {len(flagged)} rows flagged, {most} at most")
            for match in matches if "--table" in sys.argv else []:
                print(f"{name}: row {match['row']} like {match['reference_id']}, {match['words']} words, {match['rare_shingles']} rare shingles")
    print("; ".join(line))
    sys.exit("\n".join(wrong) or None)


main()

"""What scripts/bench.sh measures: axes around one point, and what each of them scans with what.

The base point: the best kernel, a filter of 64 MiB, zstd at level 3, records of 3 KB, no hits, English and code, 1 thread.
"""

import dataclasses

MIB, GIB = 1 << 20, 1 << 30
# Indexes by name: the bytes of their filter. `real` is the index of the references alone.
FILTERS = {"16 MiB": 16 * MIB, "64 MiB": 64 * MIB, "1 GiB": GIB, "8 GiB": 8 * GIB}
BASE = "64 MiB"


@dataclasses.dataclass(frozen=True)
class Variant:
    """One row of a table: a scan of a corpus. Rows of several axes may say the same scan, as the base point is on each."""

    axis: str
    name: str
    corpus: str = "base"
    index: str = BASE
    kernel: str = ""
    threads: int = 1
    detect: str = "both"

    def scan(self):
        """What is scanned with what: the name of the measurement."""
        return " | ".join([self.corpus, self.index, self.kernel or "best kernel", f"{self.threads} threads", self.detect])


VARIANTS = [
    Variant("kernel", "AVX-512"),
    Variant("kernel", "AVX2", kernel="avx2"),
    Variant("kernel", "scalar", kernel="scalar"),
    Variant("kernel", "AVX2, 1 GiB filter", index="1 GiB", kernel="avx2"),
    Variant("filter", "the references alone", index="real"),
    Variant("filter", "16 MiB", index="16 MiB"),
    Variant("filter", "64 MiB"),
    Variant("filter", "1 GiB", index="1 GiB"),
    Variant("filter", "8 GiB", index="8 GiB"),
    Variant("profile", "standard, the references alone", index="real"),
    Variant("profile", "compact, the references alone", index="compact"),
    Variant("codec", "zstd level 3"),
    Variant("codec", "snappy", "snappy"),
    Variant("codec", "uncompressed", "uncompressed"),
    Variant("record", "200 B", "200B"),
    Variant("record", "3 KB"),
    Variant("record", "100 KB", "100KB"),
    Variant("hits", "0 %"),
    Variant("hits", "1 %", "hits-1"),
    Variant("hits", "5 %", "hits-5"),
    Variant("hits", "20 %", "hits-20"),
    Variant("hits", "5 %, 1 GiB filter", "hits-5", index="1 GiB"),
    Variant("hits", "5 %, whole records only", "hits-5", detect="resemblance"),
    Variant("language", "English", "english"),
    Variant("language", "code", "code"),
    Variant("language", "Chinese", "chinese"),
    Variant("threads", "1"),
    Variant("threads", "2", threads=2),
    Variant("command", "4 GiB of text", "command"),
]
# Measured by other programs.
OTHERS = ["drop", "build", "peers"]
AXES = [*dict.fromkeys(variant.axis for variant in VARIANTS), *OTHERS]

# Rows that the issue names: what they say, the row of the tables that they are, and the limit.
MUST = [
    ("scan / decode: AVX-512, zstd-3, 3 KB, English and code, 64 MiB filter, no hits", ("kernel", "AVX-512"), 1.30),
    ("the same, 1 GiB filter", ("filter", "1 GiB"), 1.40),
    ("the same with 64 MiB, 5 % hitting records, verified and reported", ("hits", "5 %"), 1.55),
    ("the same with 1 GiB, 5 % hitting records, verified and reported", ("hits", "5 %, 1 GiB filter"), 1.55),
    ("AVX2, 1 GiB filter, no hits", ("kernel", "AVX2, 1 GiB filter"), 1.60),
]
THREADS, COMMAND, DROP = 1.85, 1.05, 0.6


def row(axis, name):
    return next(variant for variant in VARIANTS if (variant.axis, variant.name) == (axis, name))

//! What is to be measured.
//!
//! * `--shards FILE...`, `--column PATH` (text), `--labels FILE`: the corpus; of the file, see [`Expected`](super::expected::Expected).
//!   `--records N`: instead of labels, how many records match.
//! * `--variant NAME,index=DIR,kernel=avx512,threads=1,detect=both`: one column of the table; repeatable. Without `kernel`, the
//!   machine's best; `detect=resemblance` looks for whole records only.
//! * `--runs N` (1): how often each variant is timed, after a decoding of its own.
//! * `--command FILE`: runs this program, `ringfence`, over the same shards after each scan.
//! * `--zstd yes`: decompresses the column's pages with zstd alone, once a run.

use super::build::build;
use super::expected::Expected;
use ringfence::detect::Detect;
use ringfence::index::Index;
use std::path::{Path, PathBuf};

/// Records with a copy of a reference in the two shards of `fixtures/` that are scanned without arguments.
const PLANTED: u64 = 36;

pub(crate) struct Request {
    pub(crate) shards: Vec<String>,
    pub(crate) column: String,
    pub(crate) expected: Expected,
    pub(crate) variants: Vec<Variant>,
    pub(crate) runs: usize,
    pub(crate) command: Option<PathBuf>,
    pub(crate) zstd: bool,
}

/// A way to scan.
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) index: PathBuf,
    pub(crate) kernel: Option<String>,
    pub(crate) threads: usize,
    pub(crate) detect: Detect,
}

impl Request {
    pub(crate) fn parse(args: impl Iterator<Item = String>, work: &Path) -> Self {
        let mut request = Self {
            shards: Vec::new(),
            column: "text".to_owned(),
            expected: Expected::Number(0),
            variants: Vec::new(),
            runs: 1,
            command: None,
            zstd: false,
        };
        let mut option = String::new();
        for arg in args {
            match (option.as_str(), arg.as_str()) {
                (_, "--bench") => {}
                (_, name) if name.starts_with("--") => option = arg,
                ("--shards", _) => request.shards.push(arg),
                ("--column", _) => request.column = arg,
                ("--labels", path) => request.expected = Expected::read(Path::new(path)),
                ("--records", number) => request.expected = Expected::Number(number.parse().unwrap()),
                ("--variant", text) => request.variants.push(Variant::parse(text)),
                ("--runs", number) => request.runs = number.parse().unwrap(),
                ("--command", _) => request.command = Some(arg.into()),
                ("--zstd", _) => request.zstd = true,
                _ => panic!("{option} {arg}: unknown"),
            }
        }
        if request.shards.is_empty() { request.of_fixtures(work) } else { request }
    }

    fn of_fixtures(self, work: &Path) -> Self {
        let fixture = |name: &str| format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        let index = work.join("rf");
        build(&[fixture("references")], &index);
        let variant = Variant { index, ..Variant::parse("fixtures") };
        let shards = vec![fixture("shards/web/part-0.parquet"), fixture("shards/code/part-0.parquet")];
        Self { shards, variants: vec![variant], expected: Expected::Number(PLANTED), ..self }
    }
}

impl Variant {
    fn parse(text: &str) -> Self {
        let (name, rest) = text.split_once(',').unwrap_or((text, ""));
        let mut variant =
            Self { name: name.to_owned(), index: PathBuf::new(), kernel: None, threads: 1, detect: Detect::Both };
        for pair in rest.split(',').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("index", path)) => variant.index = path.into(),
                Some(("kernel", name)) => variant.kernel = Some(name.to_owned()),
                Some(("threads", number)) => variant.threads = number.parse().unwrap(),
                Some(("detect", "resemblance")) => variant.detect = Detect::Resemblance,
                Some(("detect", "both")) => variant.detect = Detect::Both,
                _ => panic!("{pair}: unknown"),
            }
        }
        variant
    }

    pub(crate) fn open(&self) -> Index {
        let index = Index::open(&self.index).unwrap();
        let Some(kernel) = &self.kernel else { return index };
        index.with_kernels(kernel).unwrap_or_else(|| panic!("this machine has no {kernel}"))
    }
}

//! What was typed.

use super::index::args::IndexCommand;
use super::key::KeyArg;
use super::size::Size;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use ringfence::detect::{Detect, Sensitivity};
use ringfence::evaluate::DEFAULT_SHORT_BYTES;
use ringfence::index::Profile;
use ringfence::shard::{ColumnPath, Io, Part};
use ringfence::sketch::{DEFAULT_COMMON_DOCUMENTS, DEFAULT_RECALL, DEFAULT_THRESHOLD};
use std::path::PathBuf;

/// Finds near-duplicates of known external-model outputs in training data, and proves them.
///
/// Exit codes: 0 the work is complete, whatever was found; 1 more records matched than --fail-over allows;
/// 2 an error, or something could not be examined.
#[derive(Debug, Parser)]
#[command(name = "ringfence", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Collect what models wrote from assistants' logs, logs of interfaces and chat data, as a file of references
    Collect(CollectArgs),
    /// Build, describe and check indexes of references
    #[command(subcommand)]
    Index(IndexCommand),
    /// Scan shards of training data against an index
    Scan(ScanArgs),
    /// Put the results of the parts of a scan together
    Merge(MergeArgs),
    /// Show records and references side by side, with the shared text marked
    Explain(ExplainArgs),
    /// Say how good a scan was, by a labelled set: recall, false flags, precision, references, spans
    Evaluate(EvaluateArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CollectArgs {
    /// Files, folders, globs or archives (.gz, .zst, .tar) of logs and chat data [default: the logs of this machine's
    /// assistants]
    #[arg(value_name = "SOURCES")]
    pub(crate) sources: Vec<String>,
    /// The new file of references (Parquet)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Read all sources as this format [default: by content]
    #[arg(long, value_name = "NAME")]
    pub(crate) format: Option<String>,
    /// For logs of a gateway: a JSON file that says where a record has its parts, as JSON pointers such as
    /// `{"response": "/payload/output", "model": "/payload/model"}`
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    pub(crate) mapping: Option<PathBuf>,
    /// Licence of all texts [default: not known]
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub(crate) licence: String,
    /// Follow symbolic links in folders and globs [default: they are listed]
    #[arg(long)]
    pub(crate) follow: bool,
    /// Print the report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where the text and the provenance of references stand.
#[derive(Debug, ClapArgs)]
pub(crate) struct ColumnArgs {
    /// Text column of the references, such as `output` or `messages[].content` (repeatable) [default: by convention:
    /// text, content, output, response, ...]
    #[arg(long = "column", value_name = "PATH")]
    pub(crate) columns: Vec<ColumnPath>,
    /// Provenance that the files do not state: id, vendor, model, source, licence, kind, date, tool,
    /// tool_version, session or path (repeatable)
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,
    /// Column with the prompt that a text answers: what a text repeats of it is no evidence [default: `prompt`,
    /// `instruction`, ..., where there is one]
    #[arg(long, value_name = "PATH")]
    pub(crate) prompt_column: Option<ColumnPath>,
}

/// Which references, and how an index is built of them.
#[derive(Debug, ClapArgs)]
pub(crate) struct ReferenceArgs {
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,
    /// Files, folders or globs of trusted human text (dated before the models): what two of its documents share with the
    /// references is common, and no evidence (repeatable)
    #[arg(long, value_name = "PATHS")]
    pub(crate) background: Vec<String>,
    /// Documents of the background that must have a shingle for it to be common
    #[arg(long, value_name = "N", default_value_t = DEFAULT_COMMON_DOCUMENTS, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) common_documents: u32,
    /// standard: a scan may look at any shingle; compact: both sides look at one in 16, in a fifteenth of the memory
    #[arg(long, value_enum, default_value = "standard")]
    pub(crate) profile: ProfileArg,
    /// Post one in N rare shingles: 1 finds the most passages, more make the index smaller [default: 1; compact: 16]
    #[arg(long, value_name = "N")]
    pub(crate) selection: Option<u32>,
    /// Jaccard similarity that the index is built to find [default: 0.5]
    #[arg(long, value_name = "0..1")]
    pub(crate) threshold: Option<f64>,
    /// Probability of finding a record at the threshold [default: 0.99]
    #[arg(long, value_name = "0..1")]
    pub(crate) recall: Option<f64>,
}

impl ReferenceArgs {
    pub(crate) fn threshold(&self) -> f64 {
        self.threshold.unwrap_or(DEFAULT_THRESHOLD)
    }

    pub(crate) fn recall(&self) -> f64 {
        self.recall.unwrap_or(DEFAULT_RECALL)
    }
}

/// As the library has it: 0 for one a core.
pub(crate) fn threads(typed: Option<u16>) -> usize {
    typed.map_or(0, usize::from)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArg {
    Standard,
    Compact,
}

impl From<ProfileArg> for Profile {
    fn from(profile: ProfileArg) -> Self {
        match profile {
            ProfileArg::Standard => Self::Standard,
            ProfileArg::Compact => Self::Compact,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ScanArgs {
    /// Files, folders or globs of shards (Parquet, JSON Lines)
    #[arg(required_unless_present = "manifest", value_name = "SHARDS")]
    pub(crate) inputs: Vec<String>,
    /// A file that lists the shards instead, one path a line: relative to --input-root, and in it [default root: the folder
    /// that the list is in]
    #[arg(long, value_name = "FILE", conflicts_with = "inputs")]
    pub(crate) manifest: Option<PathBuf>,
    /// Scan one part of the shards, such as 0/8, the first of eight; `ringfence merge` puts the results of all together
    #[arg(long, value_name = "I/N", default_value = "0/1")]
    pub(crate) shard_range: Part,
    /// Folder of the index
    #[arg(long, value_name = "INDEX", required_unless_present = "references")]
    pub(crate) index: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) key: KeyArg,
    /// Compare every byte of the index with its digests before anything is examined, as `index verify` does
    #[arg(long, requires = "index")]
    pub(crate) verify_index: bool,
    /// Build the index from these files on the way, into OUT/index.rf (repeatable)
    #[arg(long, value_name = "REFERENCES", conflicts_with = "index")]
    pub(crate) references: Vec<String>,
    /// With --references: their text column [default: by convention]
    #[arg(long = "reference-column", value_name = "PATH", requires = "references")]
    pub(crate) reference_columns: Vec<ColumnPath>,
    /// With --references: files, folders or globs of trusted human text (repeatable)
    #[arg(long, value_name = "PATHS", requires = "references")]
    pub(crate) background: Vec<String>,
    /// With --references: provenance that the files do not state (repeatable)
    #[arg(long = "set", value_name = "FIELD=VALUE", requires = "references")]
    pub(crate) set: Vec<String>,
    /// Folder for the results: new or empty, or that of the same scan, which is continued where it was stopped
    #[arg(long, value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// Refuse a folder that holds an earlier run, even of the same scan
    #[arg(long)]
    pub(crate) no_resume: bool,
    /// What is done with records that match
    #[arg(long, value_enum, default_value = "flag")]
    pub(crate) action: ActionArg,
    /// With --action redact: what stands in place of a matched span [default: [REDACTED]]
    #[arg(long, value_name = "TEXT")]
    pub(crate) marker: Option<String>,
    /// Report Jaccard similarities from here on; not under what the index was built for [default: that]
    #[arg(long, value_name = "0..1")]
    pub(crate) threshold: Option<f64>,
    /// What is looked for: near-duplicates of whole references, copied passages, or both
    #[arg(long, value_enum, default_value = "both")]
    pub(crate) detect: DetectArg,
    /// How much evidence a match needs, and how closely records are looked at
    #[arg(long, value_enum, default_value = "balanced")]
    pub(crate) sensitivity: SensitivityArg,
    /// Matches reported of one text; the others are counted
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) max_matches: usize,
    /// Text column to scan, such as `text` or `messages[].content` (repeatable, or with commas) [default: by
    /// convention: text, content, output, response, ..., messages[].content]
    #[arg(long = "columns", value_name = "PATH", value_delimiter = ',')]
    pub(crate) columns: Vec<ColumnPath>,
    /// Examine only the turns of these roles in chats, such as `assistant`: by the `role` or `from` beside a text. A text
    /// without a role is examined (repeatable, or with commas) [default: all]
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    pub(crate) roles: Vec<String>,
    /// Column that says when a record was written (a time, day, year, or seconds since 1970): matches then say whether the
    /// record precedes the reference
    #[arg(long, value_name = "PATH")]
    pub(crate) record_date: Option<ColumnPath>,
    /// Folder that shards are named relative to [default: the folder named, or the closest common one]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) input_root: Option<PathBuf>,
    /// Follow symbolic links in folders and globs, also out of the folder that was named [default: they are listed; links
    /// that are named themselves are always followed]
    #[arg(long)]
    pub(crate) follow: bool,
    /// Exit with 1 if more records match: a number, or a percentage of all records
    #[arg(long, value_name = "N|RATE%")]
    pub(crate) fail_over: Option<super::limit::Limit>,
    /// Records that may go unexamined before the scan counts as incomplete
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) max_bad_records: u64,
    /// Shards that may go unexamined before the scan counts as incomplete
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) max_bad_shards: u64,
    /// How hard data is compressed that is encoded anew; a codec without this level takes its highest [default: zstd 3,
    /// gzip 6, brotli 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=22))]
    pub(crate) compression_level: Option<u32>,
    /// Link shards without hits into OUT/data instead of copying them: do not change either afterwards
    #[arg(long)]
    pub(crate) link: bool,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Memory to use beside the mapped index, such as 4G: what needs more is listed as not examined [default: what it takes]
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory: Option<Size>,
    /// How files are read: memory maps, or reads, where maps are slow or files may be written over in place
    #[arg(long, value_enum, default_value = "map")]
    pub(crate) io: IoArg,
    /// Print the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ActionArg {
    /// Report them
    Flag,
    /// Write copies of the shards without them to OUT/data
    Drop,
    /// Write copies with columns that say what was found to OUT/data
    Annotate,
    /// Write copies with a marker in place of each matched span to OUT/data
    Redact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DetectArg {
    Resemblance,
    Containment,
    Both,
}

impl From<DetectArg> for Detect {
    fn from(detect: DetectArg) -> Self {
        match detect {
            DetectArg::Resemblance => Self::Resemblance,
            DetectArg::Containment => Self::Containment,
            DetectArg::Both => Self::Both,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SensitivityArg {
    /// Long and clear copies only
    Fast,
    Balanced,
    /// Short and heavily edited copies too, with more false flags
    Thorough,
}

impl From<SensitivityArg> for Sensitivity {
    fn from(sensitivity: SensitivityArg) -> Self {
        match sensitivity {
            SensitivityArg::Fast => Self::Fast,
            SensitivityArg::Balanced => Self::Balanced,
            SensitivityArg::Thorough => Self::Thorough,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum IoArg {
    Map,
    Read,
}

impl From<IoArg> for Io {
    fn from(io: IoArg) -> Self {
        match io {
            IoArg::Map => Self::Map,
            IoArg::Read => Self::Read,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct MergeArgs {
    /// Results folders of the parts of a scan (`scan --shard-range I/N`), or of scans of different shards
    #[arg(required = true, value_name = "OUT")]
    pub(crate) parts: Vec<PathBuf>,
    /// New folder for the results of all
    #[arg(long, value_name = "ALL")]
    pub(crate) out: PathBuf,
    /// Exit with 1 if more records match: a number, or a percentage of all records
    #[arg(long, value_name = "N|RATE%")]
    pub(crate) fail_over: Option<super::limit::Limit>,
    /// Print the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExplainArgs {
    /// Results folder of a scan
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// One record: the shard's relative path and its row, such as `a/part-0.parquet:17`
    #[arg(long, value_name = "SHARD:ROW", conflicts_with = "top")]
    pub(crate) row: Option<String>,
    /// The N most similar matches
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) top: usize,
    /// The index, if it is not where the scan found it
    #[arg(long, value_name = "INDEX")]
    pub(crate) index: Option<PathBuf>,
    /// Compare every byte of the index with its digests first
    #[arg(long)]
    pub(crate) verify_index: bool,
    /// Print matches with both texts as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct EvaluateArgs {
    /// File of labels (Parquet, JSON Lines): `label` (contaminated, clean, ambiguous) and `kind`, and what docs/evaluate.md
    /// names besides
    #[arg(long, value_name = "LABELS")]
    pub(crate) labels: PathBuf,
    /// Results folder of the scan
    #[arg(long, value_name = "OUT")]
    pub(crate) matches: PathBuf,
    /// The shard that the labels are about, by its relative path or the end of it [default: the only one, or that named
    /// like the labels' file; all, where labels name their shard]
    #[arg(long, value_name = "NAME")]
    pub(crate) shard: Option<String>,
    /// Report contaminated records apart whose longest planted span has fewer bytes of letters and digits
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_SHORT_BYTES)]
    pub(crate) short_bytes: usize,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

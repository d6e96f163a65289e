//! What was typed of `ringfence index`.

use crate::cli::args::{ColumnArgs, ReferenceArgs};
use crate::cli::key::KeyArg;
use crate::cli::size::Size;
use clap::{Args as ClapArgs, Subcommand};
use ringfence::index::{Condition, Selection};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    /// Build an index from files of references (Parquet, JSON Lines)
    Build(BuildArgs),
    /// Show what an index was built with and what it holds
    Info(InfoArgs),
    /// Check every byte of an index against its digests
    Verify(IndexPath),
    /// Add references to an index; who reads it meanwhile is not disturbed
    Add(AddArgs),
    /// Remove references from an index: they are never reported again
    Remove(RemoveArgs),
    /// Merge all segments of an index, and drop from its files what is removed
    Compact(CompactArgs),
    /// Merge indexes of equal parameters and background into a new one
    Merge(MergeArgs),
    /// List references with their provenance
    List(ListArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct BuildArgs {
    /// Files, folders or globs of references
    #[arg(required = true, value_name = "REFERENCES")]
    pub(crate) inputs: Vec<String>,
    /// Folder of the new index
    #[arg(long, value_name = "INDEX")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) references: ReferenceArgs,
    /// Store no text, only hashes under the key in --key-file: who has the index and the key can scan with it, not read it
    #[arg(long, requires = "key_file")]
    pub(crate) private: bool,
    #[command(flatten)]
    pub(crate) key: KeyArg,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct IndexPath {
    /// Folder of the index
    #[arg(value_name = "INDEX")]
    pub(crate) index: PathBuf,
    #[command(flatten)]
    pub(crate) key: KeyArg,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InfoArgs {
    /// Folder of the index
    #[arg(value_name = "INDEX", required_unless_present = "plan")]
    pub(crate) index: Option<PathBuf>,
    /// Say instead how large an index of N references would be, on disk and in memory: such as those of INDEX, or of the
    /// usual size
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000_000))]
    pub(crate) plan: Option<u64>,
    #[command(flatten)]
    pub(crate) key: KeyArg,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a command that writes may use.
#[derive(Debug, ClapArgs)]
pub(crate) struct MachineArgs {
    /// Memory to use, such as 4G; what needs more goes to temporary files beside the index [default: 4G]
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory: Option<Size>,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which references are meant.
#[derive(Debug, ClapArgs)]
pub(crate) struct SelectionArgs {
    /// References of this id (repeatable)
    #[arg(long = "id", value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// References of which all of this holds: fields as in --set, and before=DATE, after=DATE (repeatable: of which one
    /// holds). A comma of a value has a `\` before it
    #[arg(long = "where", value_name = "FIELD=VALUE,...")]
    pub(crate) conditions: Vec<Condition>,
}

impl SelectionArgs {
    pub(crate) fn selection(&self) -> Selection {
        Selection { ids: self.ids.clone(), conditions: self.conditions.clone() }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AddArgs {
    /// Folder of the index
    #[arg(value_name = "INDEX")]
    pub(crate) index: PathBuf,
    /// Files, folders or globs of references
    #[arg(required = true, value_name = "REFERENCES")]
    pub(crate) inputs: Vec<String>,
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RemoveArgs {
    /// Folder of the index
    #[arg(value_name = "INDEX")]
    pub(crate) index: PathBuf,
    #[command(flatten)]
    pub(crate) which: SelectionArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CompactArgs {
    /// Folder of the index
    #[arg(value_name = "INDEX")]
    pub(crate) index: PathBuf,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct MergeArgs {
    /// Folders of the indexes
    #[arg(required = true, num_args = 2.., value_name = "INDEXES")]
    pub(crate) indexes: Vec<PathBuf>,
    /// Folder of the new index
    #[arg(long, value_name = "INDEX")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ListArgs {
    /// Folder of the index
    #[arg(value_name = "INDEX")]
    pub(crate) index: PathBuf,
    #[command(flatten)]
    pub(crate) key: KeyArg,
    #[command(flatten)]
    pub(crate) which: SelectionArgs,
    /// Print JSON Lines, one for each place that a reference was found in
    #[arg(long)]
    pub(crate) json: bool,
}

//! `matches.parquet`: one row a match, in the order of shard, row, column, text, similarity.

use super::publish::Publish;
use crate::error::{Error, Result};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, UInt32Array, UInt64Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// One row of `matches.parquet`: a match with the names behind its numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MatchRow {
    /// The shard's relative path.
    pub shard: String,
    /// The record: its row in the shard (in JSON Lines: its line), from 0.
    pub row: u64,
    /// The logical path of the text column.
    pub column: String,
    /// Which of the record's texts, in a list column; otherwise 0.
    pub text_index: u32,
    /// The file's path in its archive; empty elsewhere.
    pub member: String,
    /// The line of the text in which the match begins, from 1.
    pub line: u64,
    /// `exact`, `resemblance` or `containment`.
    pub kind: String,
    /// The reference's id; of folded duplicates, the first.
    pub reference_id: String,
    /// Who offers the model that wrote the reference.
    pub vendor: String,
    /// That model.
    pub model: String,
    /// Where the reference is from.
    pub source: String,
    /// The reference's licence.
    pub licence: String,
    /// When the reference was written.
    pub date: String,
    /// The program that the model was used through.
    #[serde(default)]
    pub tool: String,
    /// The session that the reference was written in.
    #[serde(default)]
    pub session: String,
    /// The file that the reference was written to.
    #[serde(default)]
    pub path: String,
    /// Ids, as `vendor/model/id`, of the reference's folded duplicates; joined by a line feed.
    pub also: String,
    /// When the record was written, as its shard says it.
    pub record_date: String,
    /// Whether the record was written before the reference; none where that cannot be known.
    pub record_precedes_reference: Option<bool>,
    /// Exact Jaccard similarity of the shingle sets.
    pub similarity: f64,
    /// Share of the record's shingles that the reference has.
    pub containment_record: f64,
    /// Share of the reference's shingles that the record has.
    pub containment_reference: f64,
    /// First raw byte of the shared text in the record's text.
    pub record_start: u64,
    /// The byte behind the last.
    pub record_end: u64,
    /// First raw byte of the shared text in the reference's text.
    pub reference_start: u64,
    /// The byte behind the last.
    pub reference_end: u64,
    /// Distinct shingles that both have.
    pub shared_shingles: u32,
    /// Those of them that are rare; in a containment, those inside the passage.
    pub rare_shingles: u32,
    /// Words that agree, in order.
    pub words: u32,
    /// Share of the words of the longer span that agree.
    pub agreement: f64,
    /// Stretches of disagreeing words inside the spans.
    pub gaps: u32,
    /// Matches of the same text with other references, which have no row of their own.
    pub others: u32,
    /// What was done with the record.
    pub verdict: String,
}

/// How many rows are encoded together. Rows wait in memory, so more of them would make the peak depend on the corpus.
const BATCH: usize = 1024;
/// How many rows a row group has: they wait in memory too, encoded.
const ROW_GROUP: usize = 16 * BATCH;

type Getter<T> = fn(&MatchRow) -> T;

/// The columns of the file, in order.
pub(super) enum Column {
    Text(&'static str, fn(&MatchRow) -> &str),
    U64(&'static str, Getter<u64>),
    U32(&'static str, Getter<u32>),
    F64(&'static str, Getter<f64>),
    Bool(&'static str, Getter<Option<bool>>),
}

pub(super) const COLUMNS: [Column; 33] = [
    Column::Text("shard", |m| &m.shard),
    Column::U64("row", |m| m.row),
    Column::Text("column", |m| &m.column),
    Column::U32("text_index", |m| m.text_index),
    Column::Text("member", |m| &m.member),
    Column::U64("line", |m| m.line),
    Column::Text("kind", |m| &m.kind),
    Column::Text("reference_id", |m| &m.reference_id),
    Column::Text("vendor", |m| &m.vendor),
    Column::Text("model", |m| &m.model),
    Column::Text("source", |m| &m.source),
    Column::Text("licence", |m| &m.licence),
    Column::Text("date", |m| &m.date),
    Column::Text("tool", |m| &m.tool),
    Column::Text("session", |m| &m.session),
    Column::Text("path", |m| &m.path),
    Column::Text("also", |m| &m.also),
    Column::Text("record_date", |m| &m.record_date),
    Column::Bool("record_precedes_reference", |m| m.record_precedes_reference),
    Column::F64("similarity", |m| m.similarity),
    Column::F64("containment_record", |m| m.containment_record),
    Column::F64("containment_reference", |m| m.containment_reference),
    Column::U64("record_start", |m| m.record_start),
    Column::U64("record_end", |m| m.record_end),
    Column::U64("reference_start", |m| m.reference_start),
    Column::U64("reference_end", |m| m.reference_end),
    Column::U32("shared_shingles", |m| m.shared_shingles),
    Column::U32("rare_shingles", |m| m.rare_shingles),
    Column::U32("words", |m| m.words),
    Column::F64("agreement", |m| m.agreement),
    Column::U32("gaps", |m| m.gaps),
    Column::U32("others", |m| m.others),
    Column::Text("verdict", |m| &m.verdict),
];

impl Column {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Text(name, _)
            | Self::U64(name, _)
            | Self::U32(name, _)
            | Self::F64(name, _)
            | Self::Bool(name, _) => name,
        }
    }

    pub(super) fn field(&self) -> Field {
        let data_type = match self {
            Self::Text(..) => DataType::Utf8,
            Self::U64(..) => DataType::UInt64,
            Self::U32(..) => DataType::UInt32,
            Self::F64(..) => DataType::Float64,
            Self::Bool(..) => DataType::Boolean,
        };
        Field::new(self.name(), data_type, matches!(self, Self::Bool(..)))
    }

    pub(super) fn array(&self, rows: &[MatchRow]) -> ArrayRef {
        match self {
            Self::Text(_, get) => Arc::new(rows.iter().map(|row| Some(get(row))).collect::<StringArray>()),
            Self::U64(_, get) => Arc::new(rows.iter().map(get).collect::<UInt64Array>()),
            Self::U32(_, get) => Arc::new(rows.iter().map(get).collect::<UInt32Array>()),
            Self::F64(_, get) => Arc::new(rows.iter().map(get).collect::<Float64Array>()),
            Self::Bool(_, get) => Arc::new(rows.iter().map(get).collect::<BooleanArray>()),
        }
    }
}

/// Writes `matches.parquet`; nothing stands under its name before [`finish`](Self::finish).
pub struct MatchWriter {
    output: Publish,
    writer: ArrowWriter<File>,
    schema: SchemaRef,
    rows: Vec<MatchRow>,
}

impl MatchWriter {
    /// Begins the file. The index's id goes into its metadata.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(path: &Path, index_id: &str) -> Result<Self> {
        let output = Publish::create(path)?;
        let file = output.file().try_clone().map_err(Error::io("write", path))?;
        let schema = Arc::new(Schema::new(COLUMNS.iter().map(Column::field).collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .set_created_by(concat!("ringfence ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_key_value_metadata(Some(vec![
                KeyValue::new("ringfence.schema_version".to_owned(), "1".to_owned()),
                KeyValue::new("ringfence.index_id".to_owned(), index_id.to_owned()),
            ]))
            .build();
        let failed = |e| Error::content(path, "a Parquet writer", e);
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(failed)?;
        Ok(Self { output, writer, schema, rows: Vec::new() })
    }

    /// Appends a match.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, row: MatchRow) -> Result<()> {
        self.rows.push(row);
        if self.rows.len() < BATCH { Ok(()) } else { self.encode() }
    }

    fn encode(&mut self) -> Result<()> {
        let arrays = COLUMNS.iter().map(|column| column.array(&self.rows)).collect();
        self.rows.clear();
        let failed = |e: String| Error::content(self.output.destination(), "room for the matches", e);
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(|e| failed(e.to_string()))?;
        self.writer.write(&batch).map_err(|e| failed(e.to_string()))
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(mut self) -> Result<()> {
        self.encode()?;
        let path = self.output.destination().to_path_buf();
        self.writer.close().map_err(|e| Error::content(path, "room for the matches", e))?;
        self.output.publish()
    }
}

//! The file of references: Parquet, one row a text.

use super::collected::{COLUMNS, Collected};
use crate::error::{Error, Result};
use crate::sink::publish::Publish;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Rows, and bytes of text, that are encoded together.
const BATCH_ROWS: usize = 1024;
const BATCH_BYTES: usize = 8 << 20;
/// Rows, and encoded bytes, of a row group.
const GROUP_ROWS: usize = 16 * BATCH_ROWS;
const GROUP_BYTES: usize = 64 << 20;

/// Writes references; nothing stands under the file's name before [`finish`](Self::finish).
pub struct CollectedWriter {
    output: Publish,
    writer: ArrowWriter<File>,
    schema: SchemaRef,
    rows: Vec<Collected>,
    bytes: usize,
}

impl CollectedWriter {
    /// Begins the file.
    ///
    /// # Errors
    /// A file that exists already, and what the system says.
    pub fn create(path: &Path) -> Result<Self> {
        let output = Publish::create(path)?;
        let file = output.file().try_clone().map_err(Error::io("write", path))?;
        let fields = COLUMNS.iter().map(|name| Field::new(*name, DataType::Utf8, false));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_created_by(concat!("ringfence ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties));
        let writer = writer.map_err(|e| Error::content(path, "a Parquet writer", e))?;
        Ok(Self { output, writer, schema, rows: Vec::new(), bytes: 0 })
    }

    /// Appends a row.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, row: &Collected) -> Result<()> {
        self.bytes += row.text.len();
        self.rows.push(row.clone());
        if self.rows.len() < BATCH_ROWS && self.bytes < BATCH_BYTES { Ok(()) } else { self.encode() }
    }

    fn encode(&mut self) -> Result<()> {
        let column = |at: usize| {
            let values = self.rows.iter().map(|row| row.values().get(at).copied());
            Arc::new(values.collect::<StringArray>()) as ArrayRef
        };
        let arrays = (0..COLUMNS.len()).map(column).collect();
        (self.rows, self.bytes) = (Vec::new(), 0);
        let failed = |e: String| Error::content(self.output.destination(), "room for the references", e);
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(|e| failed(e.to_string()))?;
        self.writer.write(&batch).map_err(|e| failed(e.to_string()))?;
        if self.writer.in_progress_size() > GROUP_BYTES {
            self.writer.flush().map_err(|e| failed(e.to_string()))?;
        }
        Ok(())
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(mut self) -> Result<()> {
        self.encode()?;
        let path = self.output.destination().to_path_buf();
        self.writer.close().map_err(|e| Error::content(path, "room for the references", e))?;
        self.output.publish()
    }
}

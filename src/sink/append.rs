//! Adding columns to a Parquet shard: its own column chunks are copied byte for byte, the new ones come behind them.

use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef};
use arrow_schema::{Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::Compression;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::{KeyValue, RowGroupMetaData};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::reader::ChunkReader;
use parquet::file::writer::{OnCloseRowGroup, SerializedFileWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::{SchemaDescPtr, SchemaDescriptor, Type, TypePtr};
use tempfile::SpooledTempFile;

use super::fresh::Fresh;
use super::group::{Chunk, Group, Made};
use super::level::Level;
use super::original::{Original, contained};
use super::rewrite::{Options, Rewrite, Rewritten, failed};
use super::{hints, style};
use crate::error::{Error, Result};
use crate::shard::LARGEST_PAGE;

/// The new columns of a shard.
pub(super) struct Addition {
    fields: SchemaRef,
    /// The source's schema with the new columns.
    pub(super) schema: SchemaDescPtr,
    /// The source's key-value metadata, with the new columns where it describes the old ones.
    pub(super) pairs: Option<Vec<KeyValue>>,
    /// The schema of the new columns alone.
    own: SchemaDescPtr,
    properties: WriterPropertiesPtr,
    writers: ArrowRowGroupWriterFactory,
}

impl<R: ChunkReader + 'static> Rewrite<R> {
    /// Starts to rewrite the shard behind `reader` with `fields` as added columns; `path` is its name in errors.
    ///
    /// The new columns have the codec of the source's first one, and a page index where the source has one. Their fields are
    /// added to `ARROW:schema` and to the features in `huggingface`, where the source has these; all else is the source's.
    ///
    /// # Errors
    /// When a column of such a name exists, or the shard is encrypted or its footer damaged.
    pub fn with_columns(path: &Path, reader: &Arc<R>, fields: &[Field], options: Options) -> Result<Self> {
        let original = Original::open(path, reader, options.largest_page.min(LARGEST_PAGE))?;
        let addition = Some(Addition::new(&original, fields, options.level)?);
        Ok(Self { original, options, addition })
    }

    /// Makes a row group with new columns: one array per field, each as long as the row group.
    ///
    /// # Errors
    /// When the arrays do not fit.
    pub fn extended(&self, group: usize, arrays: &[ArrayRef]) -> Result<Group> {
        contained(self.original.path(), || {
            let rows = self.original.rows(group)?;
            let mut content = self.unchanged(group)?;
            let mut fresh = Fresh::new(self.options.folder.as_deref());
            if let Some(addition) = &self.addition {
                if !addition.fit(rows, arrays) {
                    let expected = format!("{} new columns of {rows} rows", addition.fields.fields().len());
                    return Err(self.original.bad(group, expected, described(arrays)));
                }
                let made = addition.write(arrays, &mut fresh).map_err(|e| failed(&self.original, e))?;
                content.chunks.extend(made.into_iter().map(|made| Chunk::Made(Box::new(made))));
            }
            content.fresh = Some(fresh.finish().map_err(|e| failed(&self.original, e))?);
            let done = Rewritten { rows_kept: rows as u64, groups_rewritten: 1, ..Rewritten::default() };
            Ok(Group { done, content: Some(content) })
        })
    }
}

impl Addition {
    fn new<R: ChunkReader + 'static>(original: &Original<R>, fields: &[Field], level: Level) -> Result<Self> {
        let root = original.file().schema();
        for (nth, field) in fields.iter().enumerate() {
            let taken = root.get_fields().iter().any(|old| old.name() == field.name())
                || fields.iter().take(nth).any(|other| other.name() == field.name());
            if taken {
                return Err(Error::request(
                    format!("{}: a column {} exists already", original.path().display(), field.name()),
                    "scan shards that were not annotated before, or rename the column",
                ));
            }
        }
        let pairs = hints::with_fields(original.file(), fields).map_err(|found| failed(original, found))?;
        let fields = Arc::new(Schema::new(fields.to_vec()));
        let properties = properties(original, level);
        let built = ArrowSchemaConverter::new().convert(&fields).and_then(|new| {
            let schema = extended(root, new.root_schema())?;
            // The factory takes schema and properties from a file writer; this one writes no file.
            let nowhere = SerializedFileWriter::new(io::sink(), new.root_schema_ptr(), Arc::clone(&properties))?;
            let writers = ArrowRowGroupWriterFactory::new(&nowhere, Arc::clone(&fields));
            Ok((schema, Arc::new(new), writers))
        });
        let (schema, own, writers) = built.map_err(|e| failed(original, e))?;
        Ok(Self { fields, schema, pairs, own, properties, writers })
    }

    fn fit(&self, rows: usize, arrays: &[ArrayRef]) -> bool {
        let fields = self.fields.fields();
        arrays.len() == fields.len()
            && arrays.iter().zip(fields).all(|(a, f)| a.len() == rows && a.data_type() == f.data_type())
    }

    /// Encodes the new columns of a row group, as a row group of their own.
    fn write(&self, arrays: &[ArrayRef], fresh: &mut Fresh) -> ParquetResult<Vec<Made>> {
        let mut closed = Vec::new();
        let note: OnCloseRowGroup<'_, SpooledTempFile> = Box::new(
            |_: &mut TrackedWrite<_>, group: RowGroupMetaData, filters: Vec<_>, columns: Vec<_>, offsets: Vec<_>| {
                let rows_written = u64::try_from(group.num_rows())?;
                let indexes = filters.into_iter().zip(columns).zip(offsets);
                for (metadata, ((bloom_filter, column_index), offset_index)) in group.columns().iter().zip(indexes) {
                    let bytes_written = u64::try_from(metadata.compressed_size())?;
                    let metadata = metadata.clone();
                    let close = ColumnCloseResult {
                        bytes_written,
                        rows_written,
                        metadata,
                        bloom_filter,
                        column_index,
                        offset_index,
                    };
                    closed.push(close);
                }
                Ok(())
            },
        );
        let properties = Arc::clone(&self.properties);
        let mut out = SerializedRowGroupWriter::new(Arc::clone(&self.own), properties, fresh.writer(), 0, Some(note));
        let mut writers = self.writers.create_column_writers(0)?.into_iter();
        for (field, array) in self.fields.fields().iter().zip(arrays) {
            for (leaf, mut writer) in compute_leaves(field, array)?.iter().zip(&mut writers) {
                writer.write(leaf)?;
                writer.close()?.append_to_row_group(&mut out)?;
            }
        }
        out.close()?;
        closed.into_iter().map(|close| Made::written(close, fresh)).collect()
    }
}

fn described(arrays: &[ArrayRef]) -> String {
    let each: Vec<_> = arrays.iter().map(|array| format!("{} x {}", array.len(), array.data_type())).collect();
    each.join(", ")
}

/// The source's root, whatever it is called, with the new columns at its end.
fn extended(root: &Type, new: &Type) -> ParquetResult<SchemaDescPtr> {
    let fields: Vec<TypePtr> = root.get_fields().iter().chain(new.get_fields()).cloned().collect();
    let info = root.get_basic_info();
    let root = Type::group_type_builder(root.name())
        .with_fields(fields)
        .with_id(info.has_id().then(|| info.id()))
        .with_logical_type(info.logical_type_ref().cloned())
        .with_converted_type(info.converted_type());
    Ok(Arc::new(SchemaDescriptor::new(Arc::new(root.build()?))))
}

fn properties<R: ChunkReader + 'static>(original: &Original<R>, level: Level) -> WriterPropertiesPtr {
    let first = original.group(0).ok().and_then(|group| group.columns().first());
    // A codec that cannot be written (LZO) is no reason to fail: these columns are new.
    let codec = first.and_then(|chunk| style::codec(chunk.compression_codec(), level).ok());
    let indexed = original.has_offset_index();
    let properties = WriterProperties::builder()
        .set_compression(codec.unwrap_or(Compression::UNCOMPRESSED))
        .set_statistics_enabled(if indexed { EnabledStatistics::Page } else { EnabledStatistics::Chunk })
        .set_offset_index_disabled(!indexed);
    Arc::new(properties.build())
}

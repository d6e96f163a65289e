//! Adding columns to a Parquet shard: its own column chunks are copied byte for byte, the new ones come behind them.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef};
use arrow_schema::{Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::Compression;
use parquet::errors::Result as ParquetResult;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::ChunkReader;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{SchemaDescPtr, SchemaDescriptor, Type, TypePtr};

use super::assembly::Assembly;
use super::original::Original;
use super::rewrite::{Options, failed, writing};
use super::{hints, style};
use crate::error::{Error, Result};

/// Writes the shard behind `reader` to `out` with `fields` as added columns, and returns its number of rows.
///
/// `columns` is asked once per row group, in order, and gives one array per field, each as long as the row group.
/// The new columns have the codec of the source's first one, and a page index where the source has one. Their fields are
/// added to `ARROW:schema` and to the features in `huggingface`, where the source has these; all else is the source's.
///
/// # Errors
/// When a column of such a name exists, the shard is encrypted or damaged, the arrays do not fit, or `out` cannot be written.
/// What was written by then is worthless.
pub fn append_columns<R: ChunkReader + 'static, W: Write + Send>(
    path: &Path,
    reader: &Arc<R>,
    fields: &[Field],
    columns: &mut dyn FnMut(usize) -> Result<Vec<ArrayRef>>,
    out: W,
) -> Result<u64> {
    let original = Original::open(path, reader)?;
    let addition = Addition::new(&original, fields)?;
    writing(path, out, |out| {
        let mut assembly = Assembly::start(out, Arc::clone(&addition.schema)).map_err(|e| failed(&original, e))?;
        let mut rows = 0;
        for group in 0..original.groups() {
            let arrays = columns(group)?;
            addition.check(group, &arrays)?;
            let mut writer = assembly.next(style::of_copy(&original, group)?).map_err(|e| failed(&original, e))?;
            for column in 0..original.columns() {
                original.copy_column(group, column, &mut writer)?;
            }
            addition.write(group, &arrays, &mut writer).map_err(|e| failed(&original, e))?;
            writer.close().map_err(|e| failed(&original, e))?;
            rows += original.rows(group)? as u64;
        }
        let pairs = hints::with_fields(original.file(), fields).map_err(|found| failed(&original, found))?;
        assembly.finish(original.file(), pairs).map_err(|e| failed(&original, e))?;
        Ok(rows)
    })
}

/// The new columns.
struct Addition<'a, R> {
    original: &'a Original<R>,
    fields: SchemaRef,
    /// The source's schema with the new columns.
    schema: SchemaDescPtr,
    writers: ArrowRowGroupWriterFactory,
}

impl<'a, R: ChunkReader + 'static> Addition<'a, R> {
    fn new(original: &'a Original<R>, fields: &[Field]) -> Result<Self> {
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
        let fields = Arc::new(Schema::new(fields.to_vec()));
        let built = ArrowSchemaConverter::new().convert(&fields).and_then(|new| {
            let schema = extended(root, new.root_schema())?;
            Ok((schema, writers(original, &new, &fields)?))
        });
        let (schema, writers) = built.map_err(|e| failed(original, e))?;
        Ok(Self { original, fields, schema, writers })
    }

    fn check(&self, group: usize, arrays: &[ArrayRef]) -> Result<()> {
        let rows = self.original.rows(group)?;
        let fields = self.fields.fields();
        let fit = arrays.len() == fields.len()
            && arrays.iter().zip(fields).all(|(a, f)| a.len() == rows && a.data_type() == f.data_type());
        if fit {
            return Ok(());
        }
        let found: Vec<_> = arrays.iter().map(|a| format!("{} x {}", a.len(), a.data_type())).collect();
        Err(self.original.bad(group, format!("{} new columns of {rows} rows", fields.len()), found.join(", ")))
    }

    fn write<W: Write + Send>(
        &self,
        group: usize,
        arrays: &[ArrayRef],
        out: &mut SerializedRowGroupWriter<'_, W>,
    ) -> ParquetResult<()> {
        let mut writers = self.writers.create_column_writers(group)?.into_iter();
        for (field, array) in self.fields.fields().iter().zip(arrays) {
            for (leaf, mut writer) in compute_leaves(field, array)?.iter().zip(&mut writers) {
                writer.write(leaf)?;
                writer.close()?.append_to_row_group(out)?;
            }
        }
        Ok(())
    }
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

fn writers<R: ChunkReader + 'static>(
    original: &Original<R>,
    new: &SchemaDescriptor,
    fields: &SchemaRef,
) -> ParquetResult<ArrowRowGroupWriterFactory> {
    let level = Options::default().zstd_level;
    let first = original.group(0).ok().and_then(|group| group.columns().first());
    // A codec that cannot be written (LZO) is no reason to fail: these columns are new.
    let codec = first.and_then(|chunk| style::codec(chunk.compression_codec(), level).ok());
    let indexed = original.has_offset_index();
    let properties = WriterProperties::builder()
        .set_compression(codec.unwrap_or(Compression::UNCOMPRESSED))
        .set_statistics_enabled(if indexed { EnabledStatistics::Page } else { EnabledStatistics::Chunk })
        .set_offset_index_disabled(!indexed)
        .build();
    // The factory takes schema and properties from a file writer; this one writes no file.
    let nowhere = SerializedFileWriter::new(io::sink(), new.root_schema_ptr(), Arc::new(properties))?;
    Ok(ArrowRowGroupWriterFactory::new(&nowhere, Arc::clone(fields)))
}

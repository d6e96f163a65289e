//! The physical limit: one text column decoded by the crate's own Arrow reader, every value touched.

pub(crate) mod zstd;

use arrow_array::{Array, StringViewArray};
use arrow_schema::{DataType, Field, Schema};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use rayon::prelude::*;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was decoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) bytes: u64,
    pub(crate) texts: u64,
    pub(crate) records: u64,
}

/// Decodes a flat text column of all files, row group by row group, on so many threads.
pub(crate) fn run(paths: &[PathBuf], column: &str, threads: usize) -> Decoded {
    let units: Vec<_> = paths.iter().flat_map(|path| open(path, column)).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let sum = |a: Decoded, b: Decoded| Decoded {
        bytes: a.bytes + b.bytes,
        texts: a.texts + b.texts,
        records: a.records + b.records,
    };
    let decode = |(data, metadata, group)| decode_group(data, metadata, group, column);
    pool.install(|| units.into_par_iter().map(decode).reduce(Decoded::default, sum))
}

#[expect(unsafe_code, reason = "mapping a file is unsafe; the bench's files are not changed")]
fn open(path: &Path, column: &str) -> Vec<(Bytes, ArrowReaderMetadata, usize)> {
    // SAFETY: nobody writes to a bench's shards while it runs.
    let map = unsafe { memmap2::Mmap::map(&File::open(path).unwrap()) }.unwrap();
    let data = Bytes::from_owner(map);
    let metadata = ArrowReaderMetadata::load(&data, ArrowReaderOptions::new()).unwrap();
    let view = |field: &Arc<Field>| {
        if field.name() != column {
            return field.clone();
        }
        Arc::new(Field::new(column, DataType::Utf8View, field.is_nullable()))
    };
    let schema = Arc::new(Schema::new(metadata.schema().fields().iter().map(view).collect::<Vec<_>>()));
    let options = ArrowReaderOptions::new().with_schema(schema);
    let metadata = ArrowReaderMetadata::try_new(metadata.metadata().clone(), options).unwrap();
    let groups = metadata.metadata().num_row_groups();
    (0..groups).map(|group| (data.clone(), metadata.clone(), group)).collect()
}

fn decode_group(data: Bytes, metadata: ArrowReaderMetadata, group: usize, column: &str) -> Decoded {
    let mask = ProjectionMask::columns(metadata.parquet_schema(), [column]);
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(data, metadata)
        .with_projection(mask)
        .with_row_groups(vec![group])
        .with_batch_size(1024)
        .build()
        .unwrap();
    let mut decoded = Decoded::default();
    for batch in reader {
        let batch = batch.unwrap();
        let texts = batch.column(0).as_any().downcast_ref::<StringViewArray>().unwrap();
        decoded.records += texts.len() as u64;
        for text in texts.iter().flatten() {
            decoded.texts += 1;
            decoded.bytes += text.len() as u64;
        }
    }
    decoded
}

//! Records of some fields, value by value: for columns of any type, beside those of texts. Slower than reading texts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::bloom_filter::Sbbf;
use parquet::column::page::PageReader;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::RowGroupReader;
use parquet::record::Row;
use parquet::record::reader::{ReaderIter, RowIter, TreeBuilder};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use crate::error::{Error, Result};
use crate::shard::chunk::Chunk;
use crate::shard::foreign_pages::foreign_pages;
use crate::shard::parquet::{ParquetShard, guarded};

/// The records of a row group, in their order. After an error there are no more.
pub struct Records {
    path: PathBuf,
    group: usize,
    rows: Option<ReaderIter>,
}

impl ParquetShard {
    /// Reads the records of a row group, with these fields of the schema.
    ///
    /// # Errors
    /// A row group that is not there, fields without a column, and whatever is wrong with their column chunks.
    pub fn read_records(&self, group: usize, fields: Vec<TypePtr>) -> Result<Records> {
        let rows = guarded(|| {
            if fields.is_empty() || group >= self.row_groups() {
                return Err(ParquetError::General("no columns to read".to_owned()));
            }
            let name = self.metadata.file_metadata().schema().name();
            let projection = Type::group_type_builder(name).with_fields(fields).build()?;
            let descriptor = Arc::new(SchemaDescriptor::new(Arc::new(projection)));
            TreeBuilder::new().as_iter(descriptor, &Group { shard: self, group })
        });
        let path = self.path();
        let rows = Some(rows.map_err(|found| bad(path, group, found))?);
        Ok(Records { path: path.to_path_buf(), group, rows })
    }
}

fn bad(path: &Path, group: usize, found: String) -> Error {
    Error::content(path, "readable columns", found)
        .at(format!("row group {group}"))
        .help("the file is damaged: fetch or write it again, or leave it out")
}

impl Iterator for Records {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = self.rows.as_mut()?;
        match guarded(|| rows.next().transpose()) {
            Ok(row) => row.map(Ok),
            Err(found) => {
                self.rows = None;
                Some(Err(bad(&self.path, self.group, found)))
            }
        }
    }
}

/// A row group as the library's reader of records sees it.
struct Group<'s> {
    shard: &'s ParquetShard,
    group: usize,
}

impl RowGroupReader for Group<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.shard.metadata.row_group(self.group)
    }

    fn num_columns(&self) -> usize {
        self.metadata().num_columns()
    }

    fn get_column_page_reader(&self, column: usize) -> ParquetResult<Box<dyn PageReader>> {
        let lie = |found: &str| ParquetError::General(found.to_owned());
        let facts = self.metadata().columns().get(column).ok_or_else(|| lie("a column that is missing"))?;
        let rows = self.shard.rows(self.group);
        Chunk::check(facts, rows, self.shard.data.size()).map_err(|e| lie(&e))?;
        Ok(Box::new(foreign_pages(&self.shard.data, facts, usize::try_from(rows)?, self.shard.largest_page)?))
    }

    fn get_column_bloom_filter(&self, _column: usize) -> Option<&Sbbf> {
        None
    }

    fn get_row_iter(&self, projection: Option<Type>) -> ParquetResult<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}

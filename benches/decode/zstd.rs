//! The limit below the limit: the same pages through zstd alone.

use bytes::Bytes;
use parquet::basic::PageType;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::path::{Path, PathBuf};

/// As the corpora are compressed.
const LEVEL: i32 = 3;

/// The data pages of a column, each compressed anew.
pub(crate) struct Frames {
    frames: Vec<Vec<u8>>,
    /// Bytes of the longest page.
    longest: usize,
}

impl Frames {
    pub(crate) fn of(paths: &[PathBuf], column: &str) -> Self {
        let mut frames = Self { frames: Vec::new(), longest: 0 };
        for path in paths {
            frames.add(path, column);
        }
        frames
    }

    fn add(&mut self, path: &Path, column: &str) {
        let reader = SerializedFileReader::new(Bytes::from(std::fs::read(path).unwrap())).unwrap();
        let schema = reader.metadata().file_metadata().schema_descr();
        let leaf = schema.columns().iter().position(|leaf| leaf.name() == column).unwrap();
        for group in 0..reader.num_row_groups() {
            let mut pages = reader.get_row_group(group).unwrap().get_column_page_reader(leaf).unwrap();
            while let Some(page) = pages.get_next_page().unwrap() {
                if page.page_type() != PageType::DICTIONARY_PAGE {
                    self.longest = self.longest.max(page.buffer().len());
                    self.frames.push(zstd::bulk::compress(page.buffer(), LEVEL).unwrap());
                }
            }
        }
    }

    /// Decompresses all of them, one after the other; returns how many bytes that are.
    pub(crate) fn decompress(&self) -> usize {
        let mut decompressor = zstd::bulk::Decompressor::new().unwrap();
        let mut page = Vec::with_capacity(self.longest);
        let decompress = |frame: &Vec<u8>| decompressor.decompress_to_buffer(frame, &mut page).unwrap();
        self.frames.iter().map(decompress).sum()
    }
}

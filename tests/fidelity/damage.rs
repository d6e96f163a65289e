//! Foreign bytes end in an error or in a copy, never in a panic.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use ringfence::sink::rewrite::{Options, Selection, edit};

use crate::records::File;
use crate::{name, shapes};

/// Every so many bytes are tried; with 5 it takes 45 seconds instead of 2, and found nothing more (2026-11-20).
const STEP: usize = 97;

/// Rewrites every row group.
fn rewrite(path: &Path, bytes: Bytes, rows: &[usize]) -> bool {
    let select = |group: usize| {
        let rows = rows.get(group).copied().unwrap_or_default();
        Selection::Rows((0..rows).map(|row| row % 3 == 0).collect())
    };
    edit(path, &Arc::new(bytes), &mut { select }, std::io::sink(), &Options::default()).is_ok()
}

#[test]
fn a_flipped_byte_never_panics() {
    let mut panics = Vec::new();
    let mut errors = 0;
    for path in shapes().iter().filter(|path| fs::metadata(path).unwrap().len() < 20_000) {
        let good = fs::read(path).unwrap();
        let source = File::new(good.clone());
        let rows: Vec<_> = (0..source.groups()).map(|group| source.rows(group)).collect();
        for at in (0..good.len()).step_by(STEP) {
            for flip in [0x01, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] ^= flip;
                match catch_unwind(AssertUnwindSafe(|| rewrite(path, bad.into(), &rows))) {
                    Ok(fine) => errors += usize::from(!fine),
                    Err(_) => panics.push(format!("{} byte {at} flipped by {flip:#x}", name(path))),
                }
            }
        }
    }
    assert!(panics.is_empty(), "{} panics: {panics:#?}", panics.len());
    assert!(errors > 100, "{errors}");
}

#[test]
fn a_truncated_shard_is_an_error() {
    for path in shapes().iter().filter(|path| fs::metadata(path).unwrap().len() < 20_000) {
        let good = Bytes::from(fs::read(path).unwrap());
        for cut in [0, 3, 8, good.len() / 2, good.len() - 1] {
            assert!(!rewrite(path, good.slice(..cut), &[]), "{} cut to {cut} bytes", path.display());
        }
    }
}

#[test]
fn an_encrypted_shard_is_refused_by_name_whatever_its_footer_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/encrypted");
    for name in ["readable_footer.parquet", "encrypted_footer.parquet"] {
        let path = folder.join(name);
        let bytes = Arc::new(Bytes::from(fs::read(&path).unwrap()));
        // Without the check a copy would be made, and could not be read by anyone.
        let done = edit(&path, &bytes, &mut |_| Selection::All, std::io::sink(), &Options::default());
        assert!(done.unwrap_err().to_string().contains("found an encrypted one"), "{name}");
    }
}

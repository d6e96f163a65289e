//! The background that ships with the binary: what everybody shares.

use crate::error::{Error, Result};

/// The version of the built-in background; stored in the index.
pub(in crate::index) const VERSION: u32 = 2;

/// Licence texts and headers of the SPDX list (CC0-1.0), stock phrases and well-known lists, zstd; texts are separated by a form feed.
/// Made by `scripts/make_background.py`.
const TEXTS: &[u8] = include_bytes!("../background.txt.zst");

/// The texts of the built-in background.
///
/// # Errors
/// Never in practice: when the binary is damaged.
pub(super) fn texts() -> Result<Vec<String>> {
    let damaged =
        |e: String| Error::request(format!("the built-in background is damaged: {e}"), "install ringfence again");
    let bytes = zstd::decode_all(TEXTS).map_err(|e| damaged(e.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|e| damaged(e.to_string()))?;
    Ok(text.split('\u{c}').map(str::to_owned).collect())
}

//! The members of a tar archive, as a stream. What its headers claim takes no memory, and nothing is unpacked to a disk.

use std::io::Read;

use tar::{Archive, EntryType, PaxExtensions};

use crate::error::{Error, Result};

/// Bytes of a member's extended header at most: names are shorter.
pub const MAX_HEADER: u64 = 1 << 20;

/// One member.
pub struct TarMember<'m> {
    /// Its place in the archive, from 0.
    pub number: u64,
    /// Its path, which is nothing but a name.
    pub name: String,
    /// Whether it is a regular file.
    pub is_file: bool,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Bytes that it claims to have.
    pub size: u64,
    /// Its bytes.
    pub bytes: &'m mut dyn Read,
}

/// Hands out each member; `damaged` makes an error of what is wrong with the archive.
///
/// # Errors
/// A damaged archive, a header over [`MAX_HEADER`], and what `visit` returns.
pub fn tar_members(
    packed: &mut dyn Read,
    damaged: &dyn Fn(String) -> Error,
    visit: &mut dyn FnMut(TarMember<'_>) -> Result<()>,
) -> Result<()> {
    let bad = |error: std::io::Error| damaged(error.to_string());
    let (mut archive, mut long_name, mut number) = (Archive::new(packed), None, 0);
    // Raw: the library would read extended headers of any size into memory.
    for entry in archive.entries().map_err(bad)?.raw(true) {
        let mut entry = entry.map_err(bad)?;
        let kind = entry.header().entry_type();
        if is_header(kind) {
            if entry.size() > MAX_HEADER {
                return Err(damaged(format!("a header of {} bytes", entry.size())));
            }
            let mut header = Vec::new();
            entry.read_to_end(&mut header).map_err(bad)?;
            let path = if kind.is_gnu_longname() { Some(header) } else { pax_path(kind, &header) };
            long_name = path.or(long_name);
            continue;
        }
        let name = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        let name = String::from_utf8_lossy(&name).trim_end_matches('\0').to_owned();
        let (is_file, is_folder, size) = (kind.is_file() || kind.is_contiguous(), kind.is_dir(), entry.size());
        visit(TarMember { number, name, is_file, is_folder, size, bytes: &mut entry })?;
        number += 1;
    }
    Ok(())
}

/// Whether an entry says something about the next one.
fn is_header(kind: EntryType) -> bool {
    kind.is_gnu_longname()
        || kind.is_gnu_longlink()
        || kind.is_pax_local_extensions()
        || kind.is_pax_global_extensions()
}

fn pax_path(kind: EntryType, header: &[u8]) -> Option<Vec<u8>> {
    let extensions = kind.is_pax_local_extensions().then(|| PaxExtensions::new(header))?;
    let path = extensions.flatten().filter(|entry| entry.key_bytes() == b"path").last();
    path.map(|entry| entry.value_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Number, name, whether it is a file, and bytes.
    type Found = (u64, String, bool, Vec<u8>);

    fn list(bytes: &[u8]) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        let damaged = |why| Error::content(Path::new("a.tar"), "a whole archive", why);
        tar_members(&mut { bytes }, &damaged, &mut |member| {
            let mut bytes = Vec::new();
            member.bytes.read_to_end(&mut bytes).map_err(|e| damaged(e.to_string()))?;
            found.push((member.number, member.name, member.is_file, bytes));
            Ok(())
        })?;
        Ok(found)
    }

    fn member(builder: &mut tar::Builder<Vec<u8>>, name: &str, kind: EntryType, bytes: &[u8]) {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_entry_type(kind);
        builder.append_data(&mut header, name, bytes).unwrap();
    }

    #[test]
    fn members_have_their_whole_names_and_places() {
        let (mut builder, long) = (tar::Builder::new(Vec::new()), "folder/".repeat(40) + "file");
        member(&mut builder, "a", EntryType::Regular, b"one");
        member(&mut builder, "b", EntryType::Directory, b"");
        member(&mut builder, &long, EntryType::Regular, b"two");
        member(&mut builder, "c", EntryType::Regular, b"");
        let expected =
            [(0, "a", true, &b"one"[..]), (1, "b", false, b""), (2, &long, true, b"two"), (3, "c", true, b"")];
        let found = list(&builder.into_inner().unwrap()).unwrap();
        assert_eq!(
            found,
            expected.map(|(number, name, is_file, bytes)| (number, name.to_owned(), is_file, bytes.to_vec()))
        );
    }

    #[test]
    fn a_header_that_claims_much_is_refused_and_not_read() {
        for kind in [EntryType::GNULongName, EntryType::XHeader, EntryType::XGlobalHeader] {
            let mut header = tar::Header::new_gnu();
            header.set_size(MAX_HEADER + 1);
            header.set_entry_type(kind);
            header.set_cksum();
            let mut bytes = header.as_bytes().to_vec();
            bytes.resize(bytes.len() + 4096, b'x');
            let error = list(&bytes).unwrap_err().to_string();
            assert!(error.contains("a header of 1048577 bytes"), "{error}");
        }
    }
}

//! Damaged indexes: refused, or safe to look things up in.

use crate::Target;
use crate::matching::search;
use crate::repository;
use crate::scratch::{Scratch, split};
use ringfence::index::format::{HEADER_BYTES, Kind, Shape, encode_header};
use ringfence::index::manifest::{FileEntry, MANIFEST, Manifest};
use ringfence::index::{IndexBuilder, IndexWriter, Profile, Resources, Secret, Selection};
use ringfence::ingest::References;
use ringfence::shard::{Compression, Format, ShardFile};
use ringfence::{Index, Parameters, Provenance};
use std::path::{Path, PathBuf};

/// One thread: the fuzzer has one.
const RESOURCES: Resources = Resources { memory: 64 << 20, threads: 1 };

/// The secret of the private index.
const SECRET: &[u8] = b"sixteen bytes at least";

/// An index that is whole, and its files.
pub struct Whole {
    pub folder: Scratch,
    pub secret: Option<Secret>,
    manifest: Manifest,
    /// Names and bytes of all files, the manifest last.
    files: Vec<(String, Vec<u8>)>,
}

impl Whole {
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    fn of(folder: Scratch, secret: Option<Secret>) -> Self {
        let path = folder.path().join("index");
        let manifest = Manifest::read(&path).expect("a manifest");
        let names = manifest.files().map(|(name, _)| name).chain([MANIFEST.to_owned()]);
        let files = names.map(|name| (name.clone(), std::fs::read(path.join(name)).expect("a file"))).collect();
        Self { folder, secret, manifest, files }
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        self.folder.put(&format!("index/{name}"), bytes);
    }

    /// Puts back everything that is not there any more or was changed.
    fn restore(&self) {
        for (name, bytes) in &self.files {
            if std::fs::read(self.path().join(name)).ok().as_ref() != Some(bytes) {
                let _ = std::fs::create_dir_all(self.path().join(name).parent().unwrap_or(&self.path()));
                self.put(name, bytes);
            }
        }
    }
}

/// The texts that the indexes hold.
pub fn texts() -> Vec<String> {
    let path = repository().join("fixtures/index-v4/references.jsonl");
    let file = ShardFile { path, relative: String::new(), format: Format::JsonLines(Compression::None) };
    let mut texts = Vec::new();
    let read = References::default().read(&[file], &mut |reference| {
        texts.push(reference.text.to_owned());
        Ok(())
    });
    read.expect("references");
    texts
}

/// An index of some texts under these parameters.
pub fn build(parameters: Parameters, texts: &[String]) -> Whole {
    let (folder, secret) = (Scratch::new(), parameters.secret.clone());
    let path = folder.path().join("index");
    let mut builder = IndexBuilder::new(&path, parameters, RESOURCES).expect("a builder");
    for (number, text) in texts.iter().enumerate() {
        let id = number.to_string();
        let provenance = Provenance { id: &id, vendor: "openai", date: "2024-05-01", ..Provenance::default() };
        builder.add(text, "", provenance).expect("a reference");
    }
    let mut background = builder.background().expect("a background");
    (0..5).for_each(|_| background.add(&texts[0]).expect("a document"));
    builder.write(background).expect("an index");
    Whole::of(folder, secret)
}

pub fn parameters() -> Parameters {
    Parameters::new(0.5, 0.99).expect("parameters")
}

/// Indexes of every make: plain, grown and with something removed, compact, private.
fn indexes() -> Vec<Whole> {
    let texts = texts();
    let (some, more) = texts.split_at(texts.len() - 2);
    let grown = build(parameters(), some);
    let mut writer = IndexWriter::open(&grown.path(), "fuzz", RESOURCES).expect("a writer");
    for text in more {
        writer.add(text, "", Provenance { vendor: "google", ..Provenance::default() }).expect("a reference");
    }
    writer.remove(&Selection { ids: vec!["1".to_owned()], ..Selection::default() }).expect("a removal");
    writer.publish().expect("a change");
    let grown = Whole::of(grown.folder, None);
    let secret = Secret::new(SECRET).expect("a secret");
    vec![
        build(parameters(), &texts),
        grown,
        build(parameters().with_profile(Profile::Compact), &texts),
        build(parameters().with_secret(secret), &texts),
    ]
}

/// What an input does to a file of an index.
struct Damage<'d> {
    whole: &'d Whole,
    name: &'d str,
    bytes: Vec<u8>,
    /// Whether the manifest and the header are made to fit.
    is_hidden: bool,
    /// Whether all files are read again: that takes longer than all else.
    is_verified: bool,
}

/// The first bytes of an input choose an index, a file of it, what is done and where; the others are put there.
fn damage<'d>(indexes: &'d [Whole], data: &[u8]) -> Damage<'d> {
    let ([index, file, how, low, high], with) = split::<5>(data);
    let whole = &indexes[usize::from(index) % indexes.len()];
    let (name, old) = &whole.files[usize::from(file) % whole.files.len()];
    let (mut bytes, at) = (old.clone(), usize::from(u16::from_le_bytes([low, high])) % (old.len() + 1));
    let end = (at + with.len()).min(bytes.len());
    match how & 3 {
        0 => bytes[at..end].copy_from_slice(&with[..end - at]),
        1 => bytes.truncate(at),
        2 => drop(bytes.splice(at..at, with.iter().copied())),
        _ => drop(bytes.splice(at..end, [])),
    }
    let is_hidden = how & 4 != 0 && name != MANIFEST;
    if is_hidden {
        let kind = Kind::ALL.into_iter().chain([Kind::Sequences, Kind::Common, Kind::Removed]);
        let kind = kind.into_iter().find(|kind| name.ends_with(kind.file_name()));
        let number = |at: usize| bytes.get(at..at + 8).map_or(0, |bytes| u64::from_le_bytes(split(bytes).0));
        let shape = Shape { count: number(24), bucket_bits: (number(16) >> 32) as u32 };
        if let (Some(kind), Some(payload)) = (kind, bytes.len().checked_sub(HEADER_BYTES)) {
            let header = encode_header(kind, shape, payload as u64);
            bytes[..HEADER_BYTES].copy_from_slice(&header);
        }
    }
    Damage { whole, name, bytes, is_hidden, is_verified: how & 8 != 0 }
}

impl Damage<'_> {
    fn apply(&self) {
        self.whole.put(self.name, &self.bytes);
        if self.is_hidden {
            let mut manifest = self.whole.manifest.clone();
            let size = |name: String, file: &mut FileEntry| {
                if name == self.name {
                    file.bytes = self.bytes.len() as u64;
                }
            };
            for segment in &mut manifest.segments {
                segment.files.iter_mut().for_each(|file| size(format!("{}/{}", segment.name, file.name), file));
            }
            manifest.background.iter_mut().for_each(|file| size(file.name.clone(), file));
            manifest.removed.iter_mut().for_each(|removed| size(removed.file.name.clone(), &mut removed.file));
            let manifest = manifest.signed().and_then(|manifest| manifest.to_json()).expect("a manifest");
            self.whole.put(MANIFEST, manifest.as_bytes());
        }
    }

    fn undo(&self) {
        let changed = |(name, _): &&(String, Vec<u8>)| name == self.name || name == MANIFEST;
        self.whole.files.iter().filter(changed).for_each(|(name, bytes)| self.whole.put(name, bytes));
    }

    fn is_none(&self) -> bool {
        self.whole.files.iter().any(|(name, bytes)| name == self.name && *bytes == self.bytes)
    }
}

/// Any file of an index, damaged: an error, or an index that can be read and searched. What is damaged is found by `verify`.
pub fn index() -> Target {
    let (indexes, texts) = (indexes(), texts());
    Box::new(move |data| {
        let damage = damage(&indexes, data);
        damage.apply();
        if let Ok(index) = Index::open_with(&damage.whole.path(), damage.whole.secret.as_ref()) {
            use_all(&index, &texts[data.len() % texts.len()]);
            assert!(!damage.is_verified || index.verify().is_ok() == damage.is_none(), "{}", damage.name);
        }
        damage.undo();
    })
}

fn use_all(index: &Index, text: &str) {
    let manifest = index.manifest();
    let live = manifest.live();
    let found = index.references().take(live.references as usize + 100);
    for reference in found {
        let _ = reference.provenances().take(100).map(|p| p.fields().concat().len()).sum::<usize>();
        let _ = (reference.text().len(), reference.sequence().map(|all| all.shingles.len()), reference.digest());
        let _ = (0..64).filter(|word| reference.rare().get(*word)).count();
    }
    search(index, text);
}

/// A manifest with the digest that it should have: an error, or an index that can be read and searched.
pub fn manifest() -> Target {
    let (indexes, texts) = (indexes(), texts());
    Box::new(move |data| {
        let ([index], manifest) = split::<1>(data);
        let whole = &indexes[usize::from(index) % indexes.len()];
        whole.put(MANIFEST, signed(&String::from_utf8_lossy(manifest)).as_bytes());
        if let Ok(index) = Index::open_with(&whole.path(), whole.secret.as_ref()) {
            use_all(&index, &texts[0]);
        }
        whole.restore();
    })
}

/// A manifest with its own digest in place of the one that it has.
fn signed(manifest: &str) -> String {
    const DIGITS: usize = 64;
    let field = "\"index_id\": \"";
    let start = manifest.find(field).map(|at| at + field.len());
    let old = start.and_then(|start| Some((start, manifest.get(start..start + DIGITS)?)));
    let Some((start, old)) = old.filter(|(_, old)| old.bytes().all(|byte| byte.is_ascii_hexdigit())) else {
        return manifest.to_owned();
    };
    let digest = blake3::hash(manifest.replacen(old, "", 1).as_bytes()).to_hex();
    [&manifest[..start], &digest, &manifest[start + DIGITS..]].concat()
}

/// A change of a damaged index: an error, or an index that can be opened.
pub fn change() -> Target {
    let indexes: Vec<Whole> = indexes().into_iter().filter(|whole| whole.secret.is_none()).collect();
    Box::new(move |data| {
        let damage = damage(&indexes, data);
        damage.apply();
        let path = damage.whole.path();
        if change_all(&path).is_ok() {
            Index::open(&path).expect("an index that can be opened after a change");
        }
        std::fs::remove_dir_all(&path).expect("a folder");
        damage.whole.restore();
    })
}

fn change_all(path: &Path) -> ringfence::Result<()> {
    // Nothing is added: that would take the whole background each time.
    let mut writer = IndexWriter::open(path, "fuzz", RESOURCES)?;
    writer.remove(&Selection { ids: vec!["2".to_owned()], ..Selection::default() })?;
    writer.compact();
    writer.publish().map(drop)
}

/// Manifests of all makes of indexes, to begin with.
pub fn manifests() -> Vec<Vec<u8>> {
    let number = |(number, whole): (u8, Whole)| {
        let (_, manifest) = whole.files.last().expect("a manifest");
        [&[number], manifest.as_slice()].concat()
    };
    (0..).zip(indexes()).map(number).collect()
}

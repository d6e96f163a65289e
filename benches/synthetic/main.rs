//! Writes a copy of an index with a filter of any size: the index of so many more references, as far as a scan can tell.
//!
//! `cargo bench --bench synthetic -- INDEX OUT FILTER_BYTES [unposted]`. To the index's own shingles random ones are added,
//! posted under references that exist, until the filter has its usual share of bits set. A clean text then asks for other cache lines,
//! is wrongly let through, and confirmed or not, as often as beside real references. Hashes are drawn in ascending order (the
//! gaps of a Poisson process), so that both files are written from front to back. With `unposted` the random shingles are in the filter alone,
//! for where the disk does not hold 8 bytes more for each.
//!
//! Without arguments it makes a small one and checks it: every byte by its digest, the old references found, the new shingles posted, and
//! no more of others let through than a filter of that size lets.
#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::panic, reason = "a tool of the benches may fail")]

mod files;
mod random;

use files::{FilterFile, PostingsFile};
use random::Ascending;
use ringfence::detect::MatchOptions;
use ringfence::index::filter::{Block, Filter};
use ringfence::index::format::Kind;
use ringfence::index::manifest::{FileEntry, MANIFEST, digest_file};
use ringfence::index::table::Table;
use ringfence::text::Trace;
use ringfence::{Index, Matcher, Parameters, Provenance};
use std::path::Path;

/// Bits of the filter for each shingle, as in the index's own.
const BITS_PER_SHINGLE: u64 = 12;

/// A shingle of the index: its hash, and the reference that it is posted under.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Shingle {
    hash: u64,
    posted: Option<u32>,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => check(),
        [index, out, bytes, rest @ ..] if matches!(rest, [] | ["unposted"]) => {
            let index = Index::open(Path::new(index)).unwrap();
            let shingles = grow(&index, Path::new(out), bytes.parse().unwrap(), rest.is_empty());
            println!("{{\"shingles\":{shingles}}}");
        }
        _ => panic!("INDEX OUT FILTER_BYTES [unposted]"),
    }
}

/// Writes the copy; returns how many shingles are in its filter.
fn grow(index: &Index, out: &Path, filter_bytes: u64, post: bool) -> u64 {
    let mut manifest = index.manifest().clone();
    let [segment] = &mut manifest.segments[..] else { panic!("an index of one segment was expected") };
    let (from, to) = (index.path().join(&segment.name), out.join(&segment.name));
    std::fs::create_dir_all(&to).unwrap();
    let mut own = own_shingles(index, &from);
    own.sort_unstable();
    let blocks = filter_bytes / size_of::<Block>() as u64;
    let shingles = (filter_bytes * 8 / BITS_PER_SHINGLE).saturating_sub(own.len() as u64);
    let references = u32::try_from(segment.references).unwrap();

    let mut filter = FilterFile::create(&to, blocks);
    let mut postings = PostingsFile::create(&to, if post { shingles } else { 0 } + own.len() as u64);
    let mut own = own.into_iter().peekable();
    let mut added = 0;
    for (hash, random) in Ascending::new(shingles) {
        while let Some(before) = own.next_if(|shingle| shingle.hash <= hash) {
            add(before, &mut filter, &mut postings);
        }
        let reference = ((random >> 32) * u64::from(references)) >> 32;
        add(Shingle { hash, posted: post.then_some(reference as u32) }, &mut filter, &mut postings);
        added += 1;
    }
    added += own.inspect(|shingle| add(*shingle, &mut filter, &mut postings)).count() as u64;
    filter.finish();
    postings.finish();
    for file in &mut segment.files {
        let path = to.join(&file.name);
        if [Kind::Filter, Kind::Postings].iter().any(|kind| kind.file_name() == file.name) {
            let bytes = path.metadata().unwrap().len();
            *file = FileEntry { name: file.name.clone(), bytes, blake3: digest_file(&path).unwrap() };
        } else {
            std::fs::copy(from.join(&file.name), path).unwrap();
        }
    }
    let manifest = manifest.signed().unwrap();
    std::fs::write(out.join(MANIFEST), manifest.to_json().unwrap()).unwrap();
    added
}

fn add(shingle: Shingle, filter: &mut FilterFile, postings: &mut PostingsFile) {
    filter.insert(shingle.hash);
    if let Some(reference) = shingle.posted {
        postings.insert(shingle.hash, reference);
    }
}

/// The index's own shingles, computed again from its texts: a posting has only a part of its hash.
fn own_shingles(index: &Index, segment: &Path) -> Vec<Shingle> {
    let postings = Table::open(&segment.join(Kind::Postings.file_name()), Kind::Postings).unwrap();
    let filter = Filter::open(&segment.join(Kind::Filter.file_name())).unwrap();
    let mut own = Vec::new();
    for (row, reference) in (0_u32..).zip(index.references()) {
        let trace = Trace::new(reference.text());
        for (_, hash) in index.shingler().windows(&trace.bytes, &trace.starts) {
            let mut entries = postings.get(hash);
            let is_posted = entries.any(|entry| entry.reference.get() == row);
            if filter.contains(hash) {
                own.push(Shingle { hash, posted: is_posted.then_some(row) });
            }
        }
    }
    own
}

fn check() {
    const FILTER_BYTES: u64 = 1 << 20;
    let work = tempfile::tempdir().unwrap();
    let texts: Vec<String> = (0..50_u64).map(text).collect();
    let references = texts.iter().map(|text| (text.as_str(), Provenance::default()));
    let small = Index::build(&work.path().join("small"), Parameters::new(0.5, 0.99).unwrap(), references).unwrap();
    for post in [true, false] {
        let path = work.path().join(format!("large-{post}"));
        let shingles = grow(&small, &path, FILTER_BYTES, post);
        let wanted = FILTER_BYTES * 8 / BITS_PER_SHINGLE;
        assert!(shingles.abs_diff(wanted) < wanted / 100, "{shingles} shingles, {wanted} wanted");
        let large = Index::open(&path).unwrap();
        large.verify().unwrap();
        let mut matcher = Matcher::new(&large, MatchOptions::default()).unwrap();
        for text in &texts {
            let mut found = Vec::new();
            matcher.find(text, &mut found);
            assert!(!found.is_empty(), "an old reference is not found");
        }
        let added = Ascending::new(wanted).step_by(1000).map(|(hash, _)| hash);
        assert!(post || added.clone().all(|hash| !large.is_posted(hash)), "a shingle is posted that should not be");
        // Other numbers of shingles draw other hashes.
        let others = || Ascending::new(wanted + 1).step_by(3).map(|(hash, _)| hash);
        let wrong = others().filter(|&hash| large.is_in_filter(hash)).count() as f64 / others().count() as f64;
        assert!((0.002..0.008).contains(&wrong), "{wrong} of other shingles are let through");
    }
}

/// A text of some 60 words that shares no shingle with another of these.
fn text(number: u64) -> String {
    let letter = |random: u64, at: u32| char::from(b'a' + (random.rotate_left(at * 8) % 26) as u8);
    let word = |random: u64| (0..6).map(|at| letter(random, at)).chain([' ']).collect::<String>();
    (0..60).map(|at| word((number * 64 + at + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect()
}

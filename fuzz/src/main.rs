//! Foreign bytes against every parser, with libFuzzer: `scripts/fuzz.sh` builds, seeds and runs it.
//!
//! One program with all targets, the name of one being the last argument, behind `-ignore_remaining_args=1`. [`targets`] lists
//! them. A target is a function of bytes that must not panic, and asserts what holds whatever the bytes are.
#![no_main]

mod files;
mod indexes;
mod json;
mod labels;
mod logs;
mod matching;
mod parquet;
mod rewrite;
mod scratch;
mod seeds;
mod targets;
mod text;

use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::path::PathBuf;

/// A target that is ready: it is called with one input after another.
type Target = Box<dyn FnMut(&[u8])>;

thread_local! {
    static TARGET: RefCell<Option<Target>> = const { RefCell::new(None) };
}

/// The repository.
fn repository() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Finds the target that the command line names; `list` prints all names, `seeds FOLDER` writes inputs to begin with.
fn begin() {
    let arguments: Vec<String> = std::env::args().collect();
    let [.., command, name] = arguments.as_slice() else { panic!("no target is named") };
    // The library turns panics of the Parquet decoder into errors: those are no findings.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !ringfence::shard::is_guarded() {
            report(panic);
        }
    }));
    match (command.as_str(), name.as_str()) {
        (_, "list") => {
            targets::names().iter().for_each(|name| println!("{name}"));
            std::process::exit(0);
        }
        ("seeds", folder) => {
            seeds::write(folder.as_ref());
            std::process::exit(0);
        }
        (_, name) => {
            let target = targets::make(name).unwrap_or_else(|| panic!("there is no target {name}"));
            TARGET.set(Some(target));
        }
    }
}

fuzz_target!(init: begin(), |data: &[u8]| {
    TARGET.with_borrow_mut(|target| target.as_mut().expect("the program has begun")(data));
});

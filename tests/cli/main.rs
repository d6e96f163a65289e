//! The promises of the program, attacked through the program itself.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of tests"
)]

mod annotate;
mod bad_records;
mod collect;
mod dates;
mod evaluate;
mod exit_codes;
mod explain;
mod failed_shards;
mod faults;
mod files;
mod foreign;
mod grow;
mod index;
mod killed;
mod machine;
mod names;
mod outputs;
#[path = "../pack/files.rs"]
mod pack_files;
mod parts;
mod printing;
mod private;
mod read;
mod redact;
mod resume;
mod roles;
mod rows;
mod same_results;
mod world;

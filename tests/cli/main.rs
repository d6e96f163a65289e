//! The promises of the program, attacked through the program itself.
#![cfg(unix)]

mod annotate;
mod bad_records;
mod exit_codes;
mod failed_shards;
mod index;
mod killed;
mod names;
mod outputs;
mod printing;
mod read;
mod rows;
mod same_results;
mod world;

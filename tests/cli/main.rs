//! The promises of the program, attacked through the program itself.

mod bad_records;
mod exit_codes;
mod failed_shards;
mod read;
mod world;

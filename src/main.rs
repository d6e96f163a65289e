//! The `ringfence` command.

mod cli;

/// Buffers of many sizes come and go with every row group: glibc's heap grows with the number of shards, this one does not
/// (docs/decisions.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}

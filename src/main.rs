//! The x12gate command: arguments, run, exit code.

mod cli;

use std::process::ExitCode;

// Claims, answers and SQLite allocate on several threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main(std::env::args_os())
}

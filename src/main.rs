//! The x12gate command: arguments, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    x12gate::cli::main(std::env::args_os())
}

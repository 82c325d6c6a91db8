//! The program.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

/// Requests are many small allocations on several threads, and a storm of sign-ins a few of 19 MiB: glibc takes a tenth of a request's time for the former
/// and keeps the latter.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match api::commands::run(api::commands::Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pakn: {error:#}");
            ExitCode::FAILURE
        }
    }
}

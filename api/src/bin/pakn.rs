//! The program.

use std::process::ExitCode;

use clap::Parser;

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

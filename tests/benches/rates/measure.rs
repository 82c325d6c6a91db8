//! What benches share.

use std::time::Duration;

use tests::{Engine, postgres};

/// A variable of the environment, or what stands for it.
pub fn variable(name: &str, otherwise: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| otherwise.to_owned())
}

/// The engines that a variable names, both unless it is there; PostgreSQL only where it can be had.
pub fn engines(name: &str) -> Vec<Engine> {
    let named = variable(name, "sqlite,postgres");
    let engine = |word: &str| match word {
        "sqlite" => Engine::Sqlite,
        "postgres" => Engine::Postgres,
        other => panic!("{name}: {other} is neither sqlite nor postgres"),
    };
    named.split(',').map(engine).filter(|engine| *engine == Engine::Sqlite || postgres::server().is_some()).collect()
}

/// The least of them that so many percent do not exceed, in milliseconds.
pub fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted[(sorted.len() * percent).div_ceil(100) - 1].as_secs_f64() * 1e3
}

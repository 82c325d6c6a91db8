//! Reference data: what is checked in, and what is there on our machines alone.

use std::path::PathBuf;

use serde::Deserialize;

/// A petition of `fixtures/petitions.csv`, written for this project.
#[derive(Debug, Deserialize)]
pub struct RealPetition {
    /// Its number.
    pub id: String,
    /// What it says.
    pub text: String,
    /// Its field.
    pub category: String,
    /// What should be done with it.
    pub expected_action: String,
    /// Where it is about.
    pub lat: f64,
    /// Where it is about.
    pub lon: f64,
    /// The commune it is about; empty outside the province.
    pub commune_code: String,
    /// The district it is about; empty outside the province.
    pub district_code: String,
}

/// All of them.
pub fn real_petitions() -> Vec<RealPetition> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/petitions.csv");
    csv::Reader::from_path(path).unwrap().into_deserialize().collect::<Result<_, _>>().unwrap()
}

/// A file of the workplace's shared reference data, which may not enter the project; `None`, said aloud, where it is not there.
pub fn shared(file: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(file);
    if path.is_file() {
        return Some(path);
    }
    use std::io::Write;
    // Written, not printed: the test runner keeps what is printed to itself.
    let _told = writeln!(std::io::stderr(), "SKIPPED: ../shared/data/{file} is not on this machine").is_ok();
    None
}

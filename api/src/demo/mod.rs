//! placeholder until the demo arrives
use domain::{catalogue::Catalogue, time::Instant};
use persistence::{Account, PlayedPetition};
/// x
pub struct DemoOptions {
    /// x
    pub petitions: usize,
    /// x
    pub seed: u64,
}
/// x
pub struct People {
    /// x
    pub citizens: Vec<Account>,
    /// x
    pub staff: Vec<Account>,
}
/// x
pub const SIGN_INS: &[(&str, &str)] = &[];
/// x
pub fn people(_: &DemoOptions, _: &Catalogue, _: &str, _: Instant) -> People {
    People { citizens: vec![], staff: vec![] }
}
/// x
pub fn play(
    _: &DemoOptions,
    _: &Catalogue,
    _: &People,
    _: impl FnMut(usize, usize),
) -> anyhow::Result<Vec<PlayedPetition>> {
    Ok(vec![])
}

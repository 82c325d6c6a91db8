//! `pakn demo`: the year 2022, played.
//!
//! Nobody's words and nobody's deeds: a seeded generator writes the petitions and moves the people, but every step goes through
//! [`domain::petition::decide`] with the catalogue and a simulated clock, as a request would. So the year that comes out is one
//! that the system could have lived through, and `pakn verify` has nothing to say about it.
//!
//! Nothing here reads a clock or a database, and chance is drawn in whole numbers only: the same options, people and catalogue
//! give the same year, byte for byte.
//!
//! Where to look: `arrivals` for when petitions come, `author` for what they say, `year` for who does what next, `desks` for how
//! agencies differ, `steering` for the plan that decides how much is answered on a day, `aftermath` for
//! what comes after an answer; `hard_case` is one petition written out, which the README tells of.

mod aftermath;
mod arrivals;
mod author;
mod chance;
mod desks;
mod hard_case;
mod office;
mod people;
mod steering;
mod steps;
mod texts;
mod year;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use domain::{
    calendar::CalendarGap,
    catalogue::Catalogue,
    code::AgencyCode,
    petition::{CommandKind, Refusal, Unfit},
    place::InvalidPoint,
    text::TextFault,
    time::Instant,
};
use persistence::{Account, PlayedPetition};

pub use hard_case::hard_case;
pub use people::people;

/// The most petitions of a demo.
pub const MOST_PETITIONS: usize = 200_000;

/// The logins of the accounts that an operator may want to sign in with, and whose they are; each agency has one besides.
pub const SIGN_INS: &[(&str, &str)] = &[
    ("+84900000001", "a citizen"),
    ("demo.officer", "an officer of the city of Bắc Ninh, ubnd-256"),
    ("demo.leader", "a leader there, who signs the answers"),
    ("demo.coordinator", "the coordinator"),
    ("demo.steering", "the Steering Committee"),
    ("demo.admin", "the administrator"),
];

/// What may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoOptions {
    /// How many petitions, 1 to [`MOST_PETITIONS`].
    pub petitions: usize,
    /// Another number, another year.
    pub seed: u64,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self { petitions: 2_000, seed: 2022 }
    }
}

/// Who takes part.
#[derive(Debug, Clone)]
pub struct People {
    /// Who writes; the first is the one an operator signs in as.
    pub citizens: Vec<Account>,
    /// Who works, and who watches.
    pub staff: Vec<Account>,
}

/// Why a year cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// More or fewer than there may be.
    #[error("a demo has 1 to {MOST_PETITIONS} petitions, not {0}")]
    Petitions(usize),
    /// A table of texts cannot be read.
    #[error("the demo's table {0}: {1}")]
    Table(&'static str, csv::Error),
    /// A text of a table is none.
    #[error("the demo's table {0}: a text {1}")]
    Text(&'static str, TextFault),
    /// A day of 2022 that is neither worked nor free.
    #[error(transparent)]
    Calendar(#[from] CalendarGap),
    /// A catalogue without communes, or without any field of the demo.
    #[error("the catalogue has no {0} in 2022")]
    Missing(&'static str),
    /// People without somebody who is needed.
    #[error("there is no {0} among the people")]
    Nobody(&'static str),
    /// An agency holds a petition and has nobody to deal with it.
    #[error("nobody works at {0}")]
    NoStaff(AgencyCode),
    /// A place beside a commune that is on no globe.
    #[error(transparent)]
    Point(#[from] InvalidPoint),
    /// The domain refused what the demo should not have asked.
    #[error("{command} was refused: {refusal}")]
    Refused {
        /// What was asked.
        command: CommandKind,
        /// What was answered.
        refusal: Refusal,
    },
    /// An event does not fit its petition.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The simulation lost its own thread: an error of this module.
    #[error("the simulation lost {0}")]
    Lost(&'static str),
}

/// The year that is played, and the first day after it.
fn bounds() -> Result<(NaiveDate, NaiveDate), DemoError> {
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).ok_or(DemoError::Lost("the year"));
    Ok((day(2022)?, day(2023)?))
}

/// The first instant after the year.
fn end_of_year() -> Result<Instant, DemoError> {
    bounds().map(|(_, next)| Instant::start_of_day(next))
}

/// Plays the year.
///
/// The catalogue is one of a day in 2022, loaded after `people` were added: an agency without staff gets no petitions.
/// `progress` is told now and then how many of all petitions have come in; the answer is in the order in which they did.
///
/// # Errors
/// [`DemoError`] where options, catalogue or people do not allow a year to be played.
pub fn play(
    options: &DemoOptions,
    catalogue: &Catalogue,
    people: &People,
    progress: impl FnMut(usize, usize),
) -> Result<Vec<PlayedPetition>, DemoError> {
    if options.petitions == 0 || options.petitions > MOST_PETITIONS {
        return Err(DemoError::Petitions(options.petitions));
    }
    let texts = texts::Texts::load(catalogue)?;
    year::Year::new(options, catalogue, people, &texts)?.play(progress)
}

//! What a page is about: the target, the instant and the levels that its address names.

use domain::{
    catalogue::AgencyLevel,
    code::TargetCode,
    rate::{Dimension, Question, Target, TargetHistory},
    time::Instant,
};
use persistence::CatalogueDay;
use serde::{Deserialize, Serialize};

use crate::{
    field::Faults,
    language::Language,
    problem::{FaultCode, Problem},
};

/// An address of the page, as it stands. What is empty is not said: a form sends its empty fields too.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Address {
    /// The code of a target.
    #[serde(skip_serializing_if = "is_empty")]
    pub target: Option<String>,
    /// A day or an instant.
    #[serde(skip_serializing_if = "is_empty")]
    pub as_of: Option<String>,
    /// One level of those that the target counts.
    #[serde(skip_serializing_if = "is_empty")]
    pub level: Option<String>,
    /// The language, where it is not the browser's.
    #[serde(skip_serializing_if = "is_empty")]
    pub lang: Option<String>,
}

#[expect(clippy::ref_option, reason = "serde gives it so")]
fn is_empty(text: &Option<String>) -> bool {
    text.as_deref().is_none_or(str::is_empty)
}

fn given(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

impl Address {
    /// As the query of an address.
    pub fn query(&self) -> String {
        serde_urlencoded::to_string(self).unwrap_or_default()
    }

    /// The same in another language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> Self {
        Self { lang: Some(language.tag().to_owned()), ..self.clone() }
    }

    /// The same as of another instant; `None`: now.
    #[must_use]
    pub fn as_of(&self, as_of: Option<String>) -> Self {
        Self { as_of, ..self.clone() }
    }
}

/// What a page is about.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The target, of the levels that were chosen.
    pub target: Target,
    /// When the target was last changed, where that was after the instant: what holds here is what held then.
    pub changed_at: Option<Instant>,
    /// The one level that was chosen; `None`: all that the target counts.
    pub level: Option<AgencyLevel>,
    /// Just before this instant.
    pub as_of: Instant,
    /// Whether that is the present.
    pub is_now: bool,
}

impl Chosen {
    /// Reads an address; `None` where there is no target at all.
    ///
    /// # Errors
    /// [`Problem`] naming everything that is wrong with it.
    pub fn read(address: &Address, catalogue: &CatalogueDay, now: Instant) -> Result<Option<Self>, Problem> {
        let mut faults = Faults::default();
        let raw = given(address.as_of.as_ref());
        let as_of = faults.as_of(raw, now);
        let targets = in_force(catalogue, as_of);
        let target = match given(address.target.as_ref()) {
            None => usual(&targets, as_of),
            Some(raw) => {
                let known = |code: TargetCode| targets.iter().copied().find(|target| target.code == code);
                let found = TargetCode::parse(raw).ok().and_then(known);
                if found.is_none() {
                    let codes: Vec<&str> = targets.iter().map(|target| target.code.as_str()).collect();
                    faults.add_with("/target", FaultCode::UnknownWord, codes.join(", "));
                }
                found
            }
        };
        let level = given(address.level.as_ref()).and_then(|raw| {
            let levels = target.map_or(&[][..], |target| &target.levels);
            let parse = |raw: &str| AgencyLevel::parse(raw).filter(|level| levels.contains(level));
            faults.word("/level", raw, parse, levels, AgencyLevel::as_str)
        });
        faults.finish(Some(()))?;
        Ok(target.map(|target| {
            let mut target = target.clone();
            if let Some(level) = level {
                target.levels = vec![level];
                target.milestones.retain(|step| step.level.is_none_or(|other| other == level));
            }
            let newest =
                catalogue.targets.iter().map(TargetHistory::newest).find(|newest| newest.target.code == target.code);
            let changed_at = newest.map(|newest| newest.recorded_at).filter(|changed_at| *changed_at >= as_of);
            let is_first = newest.is_none_or(|newest| newest.number == 1);
            Self { target, changed_at: changed_at.filter(|_| !is_first), level, as_of, is_now: raw.is_none() }
        }))
    }

    /// The petitions that it is about, under headings.
    pub fn question(&self, group_by: &[Dimension]) -> Question {
        Question { group_by: group_by.to_vec(), ..self.target.question() }
    }
}

/// The targets as they were set at an instant.
pub fn in_force(catalogue: &CatalogueDay, as_of: Instant) -> Vec<&Target> {
    catalogue.targets.iter().map(|history| &history.in_force(as_of).target).collect()
}

/// The target that a page is about unless its address says so: of those that had begun the one that ends last.
fn usual<'a>(targets: &[&'a Target], as_of: Instant) -> Option<&'a Target> {
    let targets = || targets.iter().copied();
    let begun = targets().filter(|target| target.from <= as_of).max_by_key(|target| target.to);
    begun.or_else(|| targets().min_by_key(|target| target.from))
}

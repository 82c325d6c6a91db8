//! The parts of the page. Each has its picture and, beneath it or in it, the table that says the same.

mod controls;
mod curve;
mod fields;
mod headline;
mod lateness;
mod map;
mod marks;
mod ranking;
mod satisfaction;

use domain::{catalogue::AgencyLevel, rate::Bucket};
use maud::{Markup, html};
use persistence::CatalogueDay;

use super::{
    chosen::{Address, Chosen},
    reading::Reading,
};
use crate::{
    language::Language,
    steering::{Names, level_name},
};

pub use self::{
    controls::controls,
    curve::curve,
    fields::fields,
    headline::{headline, steps},
    lateness::lateness,
    map::map,
    ranking::ranking,
    satisfaction::satisfaction,
};

/// What the parts show, and how it is called.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The language.
    pub language: Language,
    /// The names of agencies, units and fields.
    pub names: Names<'a>,
    /// Where units are.
    pub catalogue: &'a CatalogueDay,
    /// The address that was asked for.
    pub address: &'a Address,
    /// What it is about.
    pub chosen: &'a Chosen,
    /// The figures.
    pub reading: &'a Reading,
}

impl Shown<'_> {
    /// One of two texts.
    fn say<'t>(&self, vietnamese: &'t str, english: &'t str) -> &'t str {
        self.language.choose(vietnamese, english)
    }

    /// The levels that were chosen: *cấp huyện, cấp xã*.
    fn levels(&self) -> String {
        let names = self.chosen.target.levels.iter().map(|level| level_name(*level, self.language).to_lowercase());
        names.collect::<Vec<_>>().join(", ")
    }

    /// The rate that is asked for at the instant of the page: by the first step still ahead, else by the last.
    fn required(&self) -> Option<f64> {
        let steps = &self.chosen.target.milestones;
        let step = steps.iter().find(|step| step.before > self.chosen.as_of).or(steps.last())?;
        Some(f64::from(step.required_basis_points) / 10_000.0)
    }

    /// Where the petitions of a count are listed.
    fn petitions(&self, bucket: Bucket, narrowed: &[(&str, &str)]) -> String {
        let address = self.exactly();
        let narrowed = serde_urlencoded::to_string(narrowed).unwrap_or_default();
        format!("/dashboard/petitions?{}&bucket={bucket}&{narrowed}", address.query())
    }

    /// The address of these very figures, also tomorrow.
    fn exactly(&self) -> Address {
        let as_of =
            if self.chosen.is_now { Some(self.chosen.as_of.to_local_rfc3339()) } else { self.address.as_of.clone() };
        self.address.as_of(as_of).in_language(self.language)
    }
}

/// Folds a table away beneath its picture.
fn beneath(summary: &str, table: &Markup) -> Markup {
    html! { details .table { summary { (summary) } div .scroll tabindex="0" role="group" aria-label=(summary) { (table) } } }
}

/// What only stands on paper: that there is more.
pub fn printed(shown: &Shown<'_>) -> Markup {
    html! {
        p .printed .small {
            (shown.say("Bản in một trang; các bảng đầy đủ ở trang web và trong tệp XLSX, CSV.", "One page on paper; the tables in full are on the web page and in its XLSX and CSV files."))
        }
    }
}

/// Where the figures of the page are to be had as files.
pub fn downloads(shown: &Shown<'_>) -> Markup {
    let query = shown.exactly().query();
    html! {
        section .downloads aria-labelledby="h-downloads" {
            h2 #h-downloads { (shown.say("Tải số liệu", "Download the figures")) }
            p {
                a href={ "/dashboard/rates.xlsx?" (query) } { "XLSX" } " · "
                a href={ "/dashboard/rates.csv?" (query) } { "CSV" } ", "
                (shown.say("theo cấp và cơ quan, với cách tính và thời điểm.", "by level and agency, with the definition and the instant."))
            }
        }
    }
}

/// A level as it stands in an address.
fn level_word(level: Option<AgencyLevel>) -> &'static str {
    level.map_or("", AgencyLevel::as_str)
}

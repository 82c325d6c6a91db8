//! What an operator keeps: units, agencies, fields. Plain data with a validity; the rules that use it are elsewhere.

use std::{collections::BTreeMap, fmt};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    calendar::{OfficeHours, WorkingCalendar},
    code::{AgencyCode, CategoryCode, GroupCode, UnitCode},
    deadline::Allowances,
    place::Point,
    question::Question,
    routing::Directory,
    time::Instant,
    vocabulary::vocabulary,
};

vocabulary! {
    /// The level of an administrative unit.
    UnitLevel {
        /// *Cấp tỉnh*.
        Province = "province",
        /// *Cấp huyện*: until 30 June 2025.
        District = "district",
        /// *Cấp xã*.
        Commune = "commune",
    }
}

vocabulary! {
    /// The level of an agency; the targets speak of `district` and `commune`.
    AgencyLevel {
        /// The People's Committee of a commune.
        Commune = "commune",
        /// The People's Committee of a district.
        District = "district",
        /// A department of the province, or a provincial enterprise.
        Provincial = "provincial",
        /// The coordinator alone.
        Coordinator = "coordinator",
    }
}

vocabulary! {
    /// How fast a petition must be dealt with (*khẩn, bình thường, phức tạp*).
    Priority {
        /// *Khẩn*.
        Urgent = "urgent",
        /// *Bình thường*.
        Normal = "normal",
        /// *Phức tạp*.
        Complex = "complex",
    }
}

vocabulary! {
    /// How a petition came. The target `cds-2022` counts `mobile` alone.
    Channel {
        /// The mobile app.
        Mobile = "mobile",
        /// A web page.
        Web = "web",
        /// A telephone call entered by staff.
        Phone = "phone",
        /// Paper, or in person, entered by staff.
        Paper = "paper",
        /// An e-mail, entered by staff.
        Email = "email",
        /// Another portal, the national one above all; handed over by it, or entered by staff.
        Portal = "portal",
    }
}

impl Channel {
    /// Whether its sender sent it themselves, by the app or the web page; all else is entered for them.
    pub fn is_senders_own(self) -> bool {
        match self {
            Self::Mobile | Self::Web => true,
            Self::Phone | Self::Paper | Self::Email | Self::Portal => false,
        }
    }
}

/// Days on which something holds: from the first day, to before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// The first day.
    pub from: NaiveDate,
    /// The first day on which it no longer holds; `None`: without end.
    pub to: Option<NaiveDate>,
}

impl Validity {
    /// Whether it holds on that day.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }

    /// The same with its end on a day that has not passed; what had not begun by then never will. `None` where nothing would change: it
    /// has ended, or ends on that day.
    pub fn ending(self, on: NaiveDate, today: NaiveDate) -> Option<Self> {
        let is_settled = self.to.is_some_and(|to| to <= today || to == on);
        (!is_settled).then(|| Self { from: self.from.min(on), to: Some(on) })
    }

    /// Whether there is a day on which both hold.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.to.is_none_or(|to| other.from < to) && other.to.is_none_or(|to| self.from < to)
    }
}

/// An administrative unit. Its key is the code *and* the first day of its validity.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// The code of the General Statistics Office.
    pub code: UnitCode,
    /// The full name in Vietnamese: *Phường Vũ Ninh*.
    pub name: String,
    /// Its level.
    pub level: UnitLevel,
    /// The unit it lies in; `None` for the province.
    pub parent: Option<UnitCode>,
    /// When it exists.
    pub validity: Validity,
    /// A point in its middle, good to about 100 m; `None` for the province.
    pub centre: Option<Point>,
}

/// An agency that answers petitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agency {
    /// Its code, unique for all time.
    pub code: AgencyCode,
    /// Its name in Vietnamese.
    pub name: String,
    /// Its level.
    pub level: AgencyLevel,
    /// The unit whose People's Committee it is; `None` for provincial bodies and the coordinator.
    pub unit: Option<UnitCode>,
    /// Whether an officer's answer needs a leader's approval before the citizen gets it.
    pub needs_approval: bool,
    /// When it exists.
    pub validity: Validity,
    /// The number that people call.
    pub hotline: Option<String>,
    /// When it is open, where that is otherwise than everywhere. It is told; deadlines are counted by the province's hours, since a
    /// petition that moves must not win or lose time.
    pub office_hours: Option<OfficeHours>,
}

/// Who is competent for a field, where no rule says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Competence {
    /// The People's Committee of the commune of the place.
    Commune,
    /// The People's Committee of the district of the place.
    District,
    /// One agency for the whole province.
    Agency(AgencyCode),
    /// Nobody in particular: the coordinator decides.
    Coordinator,
}

impl fmt::Display for Competence {
    /// `commune`, `district`, `coordinator`, or an agency's code, as the contract and the database write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commune => f.write_str("commune"),
            Self::District => f.write_str("district"),
            Self::Coordinator => f.write_str("coordinator"),
            Self::Agency(code) => code.fmt(f),
        }
    }
}

/// A group of fields: the upper level of their tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryGroup {
    /// Its code.
    pub code: GroupCode,
    /// Its place in lists.
    pub rank: i32,
    /// The name in Vietnamese.
    pub name: String,
    /// The name in English.
    pub name_en: String,
}

/// Who is competent for a field, and how much time there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Who is competent.
    pub competence: Competence,
    /// Both deadlines, for each priority.
    pub allowances: Allowances,
}

/// A field of petitions (*lĩnh vực*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its code.
    pub code: CategoryCode,
    /// Its place in lists.
    pub rank: i32,
    /// The name in Vietnamese.
    pub name: String,
    /// The name in English.
    pub name_en: String,
    /// The group it belongs to: `infrastructure`, `urban_order`, …
    pub group: GroupCode,
    /// Its terms from the beginning.
    pub terms: Terms,
    /// Its terms from later days on, in their order: what was sent before keeps those that it was sent under.
    pub later_terms: Vec<(NaiveDate, Terms)>,
    /// What it asks besides title and content.
    pub questions: Vec<Question>,
    /// When it can be chosen.
    pub validity: Validity,
}

impl Category {
    /// Its terms on a day; before it was there, the first.
    pub fn terms_on(&self, day: NaiveDate) -> &Terms {
        self.later_terms.iter().rfind(|(from, _)| *from <= day).map_or(&self.terms, |(_, terms)| terms)
    }
}

/// What an operator settles for the whole province.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// For how many days after the day of an answer the citizen may reopen the petition. Days of the calendar, not working days:
    /// it is the citizen's time. No provincial text says how many.
    pub reopen_days: u16,
}

impl Default for Policy {
    fn default() -> Self {
        Self { reopen_days: 15 }
    }
}

impl Policy {
    /// When the time to reopen a petition answered at that instant is over: at the first instant of the day after the last.
    pub fn reopening_ends(&self, answered_at: Instant) -> Instant {
        let days = chrono::Days::new(u64::from(self.reopen_days) + 1);
        let day = answered_at.local_date();
        Instant::start_of_day(day.checked_add_days(days).unwrap_or(NaiveDate::MAX))
    }

    /// The instant before which an answer must have been given for the time to reopen it to be over at `now`.
    pub fn reopening_ended_for_answers_before(&self, now: Instant) -> Instant {
        let days = chrono::Days::new(u64::from(self.reopen_days));
        let day = now.local_date();
        Instant::start_of_day(day.checked_sub_days(days).unwrap_or(NaiveDate::MIN))
    }
}

/// All that a decision looks up, as of one day; held in memory and swapped whole when it changes.
#[derive(Debug)]
pub struct Catalogue {
    /// The fields, by code; also those that can no longer be chosen.
    pub categories: BTreeMap<CategoryCode, Category>,
    /// Places, agencies and rules.
    pub directory: Directory,
    /// The working days.
    pub calendar: WorkingCalendar,
    /// What is settled for the whole province.
    pub policy: Policy,
}

impl Catalogue {
    /// The field of that code.
    pub fn category(&self, code: &CategoryCode) -> Option<&Category> {
        self.categories.get(code)
    }
}

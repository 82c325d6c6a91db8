//! Reading a query string: every parameter is text first, so that everything wrong is named in one answer.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::{
    code::{AgencyCode, CategoryCode, UnitCode},
    id::PetitionId,
    search::SearchQuery,
    text::{Lines, TextFault, fold, normalise},
    time::Instant,
};
use persistence::CatalogueDay;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{
    field::Faults,
    problem::{Code, FaultCode, Problem},
};

/// A query string whose parameters are all optional texts.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let query = actix_web::web::Query::<T>::from_query(request.query_string());
        let query = query.map_err(|error| Problem::with(Code::MalformedRequest, error.to_string()));
        std::future::ready(query.map(|query| Self(query.into_inner())))
    }
}

/// How many items a list gives unless asked.
pub(crate) const DEFAULT_LIMIT: u64 = 20;
/// How many items a list gives at most.
pub(crate) const MAX_LIMIT: u64 = 100;
/// The longest search text, in characters.
const MAX_SEARCH: usize = 200;
/// What stands before a cursor of a page whose last item does not match with all its marks.
const INEXACT: &str = "~";

impl Faults {
    /// `limit`: 1 to 100, 20 unless given.
    pub fn limit(&mut self, raw: Option<&str>) -> u64 {
        match raw.map(str::parse::<u64>) {
            None => DEFAULT_LIMIT,
            Some(Ok(limit)) if (1..=MAX_LIMIT).contains(&limit) => limit,
            Some(_) => {
                self.add_with("/limit", FaultCode::OutOfRange, format!("1–{MAX_LIMIT}"));
                DEFAULT_LIMIT
            }
        }
    }

    /// An instant, or a date: the start of that local day.
    pub fn instant(&mut self, pointer: &str, raw: Option<&str>) -> Option<Instant> {
        let parsed = raw.map(Instant::parse)?;
        parsed.inspect_err(|_| self.add(pointer, FaultCode::InvalidInstant)).ok()
    }

    /// `as_of`: an instant that has come; now unless given.
    pub fn as_of(&mut self, raw: Option<&str>, now: Instant) -> Instant {
        let as_of = self.instant("/as_of", raw).unwrap_or(now);
        if as_of > now {
            self.add_with("/as_of", FaultCode::InFuture, now.to_local_rfc3339());
        }
        as_of
    }

    /// `true` or `false`.
    pub fn flag(&mut self, pointer: &str, raw: Option<&str>) -> Option<bool> {
        let raw = raw?;
        raw.parse().inspect_err(|_| self.add_with(pointer, FaultCode::UnknownWord, "true, false")).ok()
    }

    /// A comma-separated list of words of a closed list.
    pub fn words<T: Copy>(
        &mut self,
        pointer: &str,
        raw: Option<&str>,
        parse: impl Fn(&str) -> Option<T>,
        known: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Vec<T> {
        list(raw).filter_map(|word| self.word(pointer, word, &parse, known, &name)).collect()
    }

    /// A comma-separated list of codes that must exist; `known` are those that do.
    fn codes<'a, T>(
        &mut self,
        pointer: &str,
        raw: Option<&str>,
        fault: FaultCode,
        find: impl Fn(&str) -> Option<T>,
        known: impl Fn() -> Vec<&'a str>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for text in list(raw) {
            match find(text) {
                Some(code) => found.push(code),
                None => self.unknown(pointer, fault, text, &known()),
            }
        }
        found
    }

    /// `agency`: agencies that there are or were.
    pub fn agencies(&mut self, raw: Option<&str>, catalogue: &CatalogueDay) -> Vec<AgencyCode> {
        let directory = &catalogue.catalogue.directory;
        let find = |raw: &str| AgencyCode::parse(raw).ok().filter(|code| directory.agency(code).is_some());
        let known = || directory.agencies().map(|agency| agency.code.as_str()).collect();
        self.codes("/agency", raw, FaultCode::UnknownAgency, find, known)
    }

    /// `category`: fields that there are or were.
    pub fn categories(&mut self, raw: Option<&str>, catalogue: &CatalogueDay) -> Vec<CategoryCode> {
        self.categories_at("/category", raw, catalogue)
    }

    /// The same, of a parameter that has another name.
    pub fn categories_at(&mut self, pointer: &str, raw: Option<&str>, catalogue: &CatalogueDay) -> Vec<CategoryCode> {
        let find =
            |raw: &str| CategoryCode::parse(raw).ok().filter(|code| catalogue.catalogue.category(code).is_some());
        let known = || catalogue.category_order.iter().map(CategoryCode::as_str).collect();
        self.codes(pointer, raw, FaultCode::UnknownCategory, find, known)
    }

    /// `unit`: units that there are or were; `None` for the word that stands for no place, where there is one.
    pub fn units(
        &mut self,
        raw: Option<&str>,
        no_place: Option<&str>,
        catalogue: &CatalogueDay,
    ) -> Vec<Option<UnitCode>> {
        let find = |raw: &str| {
            if no_place == Some(raw) {
                return Some(None);
            }
            let code = UnitCode::parse(raw).ok()?;
            catalogue.units.iter().any(|unit| unit.code == code).then_some(Some(code))
        };
        let known = || catalogue.units.iter().map(|unit| unit.code.as_str()).collect();
        self.codes("/unit", raw, FaultCode::UnknownUnit, find, known)
    }

    /// `q`: words to look for.
    pub fn sought(&mut self, raw: Option<&str>) -> Sought {
        let Some(raw) = raw else { return Sought::All };
        let text = match normalise(raw, MAX_SEARCH, Lines::Many) {
            Err(TextFault::Blank) => None,
            text => self.text("/q", text).filter(|text| !fold(text).is_empty()),
        };
        text.map_or(Sought::All, |text| SearchQuery::parse(&text).map_or(Sought::Nothing, Sought::Words))
    }

    /// `cursor`, as [`ranked_cursor`] wrote it: whether the page before ended among the exact matches, and where.
    pub fn ranked_cursor(&mut self, raw: Option<&str>) -> Option<(bool, i64, PetitionId)> {
        let exact = raw.is_none_or(|raw| !raw.starts_with(INEXACT));
        let (order, id) = self.cursor(raw.map(|raw| raw.trim_start_matches(INEXACT)))?;
        Some((exact, order, id))
    }

    /// `cursor` of a list in the order of ids: the id of the last item.
    pub fn id_cursor(&mut self, raw: Option<&str>) -> Option<Uuid> {
        let raw = raw?;
        raw.parse().inspect_err(|_| self.add("/cursor", FaultCode::InvalidCursor)).ok()
    }

    /// `cursor`, as [`cursor`] wrote it.
    pub fn cursor(&mut self, raw: Option<&str>) -> Option<(i64, PetitionId)> {
        let raw = raw?;
        let read = || {
            let bytes = hex::decode(raw).ok()?;
            let (order, id) = bytes.split_first_chunk::<8>()?;
            Some((i64::from_be_bytes(*order), PetitionId(Uuid::from_slice(id).ok()?)))
        };
        let cursor = read();
        if cursor.is_none() {
            self.add("/cursor", FaultCode::InvalidCursor);
        }
        cursor
    }
}

fn list(raw: Option<&str>) -> impl Iterator<Item = &str> {
    raw.unwrap_or_default().split(',').map(str::trim).filter(|text| !text.is_empty())
}

/// What `q` asks for.
#[derive(Debug)]
pub enum Sought {
    /// Nothing in particular.
    All,
    /// What has these words.
    Words(SearchQuery),
    /// Signs alone, which nothing is found by.
    Nothing,
}

/// Where a page of a search ends: among what matches with all its marks, or among the rest.
pub fn ranked_cursor(exact: bool, order: i64, id: PetitionId) -> String {
    format!("{}{}", if exact { "" } else { INEXACT }, cursor(order, id))
}

/// Where a page ends, opaque to clients: what the list is ordered by, and the id.
pub fn cursor(order: i64, id: PetitionId) -> String {
    hex::encode([order.to_be_bytes().as_slice(), id.0.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        let id = PetitionId(Uuid::from_u128(7));
        assert_eq!(Faults::default().cursor(Some(&cursor(-5, id))), Some((-5, id)));
        for raw in ["", "zz", "00", &"0".repeat(50)] {
            assert_eq!(Faults::default().cursor(Some(raw)), None, "{raw}");
        }
    }

    #[test]
    fn all_wrong_words_are_named() {
        let mut faults = Faults::default();
        let words = faults
            .words("/level", Some("commune,x, y"), domain::catalogue::AgencyLevel::parse, &[], |level| level.as_str());
        assert_eq!(words.len(), 1);
        assert_eq!(faults.finish(None::<()>).unwrap_err().faults.len(), 2);
    }
}

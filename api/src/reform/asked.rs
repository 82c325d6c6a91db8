//! A reform as it is asked for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    catalogue::{AgencyLevel, UnitLevel},
    code::{AgencyCode, InvalidCode, UnitCode},
    place::Point,
    succession::reform::{NewAgency, NewUnit, Reform, ReformFault},
    text::Title,
};
use persistence::{NAMED_REFORMS, StoreError, named_reform};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    field::{Faults, Field, Object},
    problem::{FaultCode, Problem},
};

/// The most entries of each list.
const MOST: usize = 2_000;

/// A unit that begins.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewUnitBody {
    /// Its code.
    #[serde(default)]
    #[schema(value_type = String, example = "09169")]
    code: Field<String>,
    /// Its full name.
    #[serde(default)]
    #[schema(value_type = String, example = "Phường Kinh Bắc")]
    name: Field<String>,
    /// `province`, `district` or `commune`.
    #[serde(default)]
    #[schema(value_type = String, example = "commune")]
    level: Field<String>,
    /// The unit it lies in; none for a province.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "24")]
    parent: Field<String>,
    /// A point in its middle, with `lon`; degrees, WGS 84.
    #[serde(default)]
    #[schema(value_type = Option<f64>, example = 21.18)]
    lat: Field<f64>,
    /// See `lat`.
    #[serde(default)]
    #[schema(value_type = Option<f64>, example = 106.06)]
    lon: Field<f64>,
}

/// An agency that begins.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReformAgencyBody {
    /// Its code, which nobody else has or had.
    #[serde(default)]
    #[schema(value_type = String, example = "so-khcn-2025")]
    code: Field<String>,
    /// Its name.
    #[serde(default)]
    #[schema(value_type = String, example = "Sở Khoa học và Công nghệ")]
    name: Field<String>,
    /// `commune`, `district` or `provincial`.
    #[serde(default)]
    #[schema(value_type = String, example = "provincial")]
    level: Field<String>,
    /// The unit whose People's Committee it is.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    unit: Field<String>,
    /// Whether a leader approves its answers; no unless given.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    needs_approval: Field<bool>,
}

/// A unit or agency that ends.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReformEndBody {
    /// Its code.
    #[serde(default)]
    #[schema(value_type = String, example = "so-tttt")]
    code: Field<String>,
    /// The codes of those that take over from it, one at least.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["so-khcn-2025"]))]
    heirs: Field<Vec<Field<String>>>,
}

/// A reform: one that comes with the program by its name (`catalogue`), or all that changes.
///
/// A merger is several that end with one heir, a split one that ends with several, another name one that ends with an heir of the same
/// code, a dissolution one that ends with an heir that was there before. The committees of units begin and end with them.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReformBody {
    /// The first day of what begins; it may be past or to come.
    #[serde(default)]
    #[schema(value_type = String, format = Date, example = "2025-07-01")]
    on: Field<String>,
    /// Whether it is only rehearsed; no unless given.
    #[serde(default)]
    #[schema(value_type = Option<bool>, example = true)]
    dry_run: Field<bool>,
    /// `2025`: no districts, 99 communes. Then nothing but `on` and `dry_run` is read.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2025")]
    catalogue: Field<String>,
    /// What it shall be called: 1 to 64 of `a-z 0-9 -`, its own for all time.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    code: Field<String>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<NewUnitBody>>)]
    units_begin: Field<Vec<Field<Object<NewUnitBody>>>>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<ReformEndBody>>)]
    units_end: Field<Vec<Field<Object<ReformEndBody>>>>,
    /// Agencies that are no committees of the units that begin, and committees that shall be otherwise than these.
    #[serde(default)]
    #[schema(value_type = Option<Vec<ReformAgencyBody>>)]
    agencies_begin: Field<Vec<Field<Object<ReformAgencyBody>>>>,
    /// Agencies that are no committees of the units that end, and committees that shall have other heirs.
    #[serde(default)]
    #[schema(value_type = Option<Vec<ReformEndBody>>)]
    agencies_end: Field<Vec<Field<Object<ReformEndBody>>>>,
}

impl ReformBody {
    /// The reform, and whether it is only rehearsed; what is wrong is added to the faults.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] where a reform of the program does not fit.
    pub(super) fn parse(self, faults: &mut Faults) -> Result<Option<(Reform, bool)>, StoreError> {
        let Self { on, dry_run, catalogue, code, units_begin, units_end, agencies_begin, agencies_end } = self;
        let on = faults.required("/on", on).and_then(|raw| {
            let day = raw.parse::<NaiveDate>().ok();
            if day.is_none() {
                faults.add("/on", FaultCode::InvalidInstant);
            }
            day
        });
        let dry_run = faults.optional("/dry_run", dry_run).unwrap_or(false);
        if let Some(name) = faults.optional("/catalogue", catalogue) {
            if !NAMED_REFORMS.contains(&name.as_str()) {
                faults.unknown("/catalogue", FaultCode::UnknownWord, &name, &NAMED_REFORMS);
            }
            let Some(on) = on else { return Ok(None) };
            return Ok(named_reform(&name, on)?.map(|reform| (reform, dry_run)));
        }
        let code = named("/code", code, AgencyCode::parse, faults).map(String::from);
        if let Some(code) = code.as_ref().filter(|code| NAMED_REFORMS.contains(&code.as_str())) {
            faults.add_with("/code", FaultCode::CodeInUse, code);
        }
        let units_begin = list("/units_begin", units_begin, faults, new_unit);
        let units_end =
            list("/units_end", units_end, faults, |at, body, faults| end(at, body, faults, UnitCode::parse));
        let agencies_begin = list("/agencies_begin", agencies_begin, faults, new_agency);
        let agencies_end =
            list("/agencies_end", agencies_end, faults, |at, body, faults| end(at, body, faults, AgencyCode::parse));
        let (units_end, agencies_end) =
            (once("/units_end", units_end, faults), once("/agencies_end", agencies_end, faults));
        let reform =
            code.zip(on).map(|(code, on)| Reform { code, on, units_begin, units_end, agencies_begin, agencies_end });
        Ok(reform.map(|reform| (reform, dry_run)))
    }
}

fn list<B, T>(
    pointer: &str,
    field: Field<Vec<Field<Object<B>>>>,
    faults: &mut Faults,
    parse: impl Fn(&str, B, &mut Faults) -> Option<T>,
) -> Vec<T> {
    let given = faults.optional(pointer, field).unwrap_or_default();
    if given.len() > MOST {
        faults.add_with(pointer, FaultCode::TooManyItems, format!("max {MOST}"));
        return Vec::new();
    }
    let mut parsed = Vec::new();
    for (index, body) in given.into_iter().enumerate() {
        let at = format!("{pointer}/{index}");
        let body = faults.required(&at, body);
        parsed.extend(body.and_then(|Object(body)| parse(&at, body, faults)));
    }
    parsed
}

fn once<C: Ord + ToString>(
    pointer: &str,
    ends: Vec<(C, BTreeSet<C>)>,
    faults: &mut Faults,
) -> BTreeMap<C, BTreeSet<C>> {
    let mut once = BTreeMap::new();
    for (code, heirs) in ends {
        if once.contains_key(&code) {
            faults.add_with(pointer, FaultCode::Repeated, code.to_string());
        }
        once.insert(code, heirs);
    }
    once
}

fn named<C>(
    pointer: &str,
    field: Field<String>,
    parse: impl Fn(&str) -> Result<C, InvalidCode>,
    faults: &mut Faults,
) -> Option<C> {
    let raw = faults.required(pointer, field)?;
    parse(&raw).inspect_err(|_| faults.add(pointer, FaultCode::InvalidCode)).ok()
}

fn maybe_named(pointer: &str, field: Field<String>, faults: &mut Faults) -> Option<UnitCode> {
    let raw = faults.optional(pointer, field)?;
    UnitCode::parse(&raw).inspect_err(|_| faults.add(pointer, FaultCode::InvalidCode)).ok()
}

fn new_unit(at: &str, body: NewUnitBody, faults: &mut Faults) -> Option<NewUnit> {
    let NewUnitBody { code, name, level, parent, lat, lon } = body;
    let code = named(&format!("{at}/code"), code, UnitCode::parse, faults);
    let name = faults.required_text(&format!("{at}/name"), name, Title::parse).map(Title::into_string);
    let pointer = format!("{at}/level");
    let level = faults
        .required(&pointer, level)
        .and_then(|raw| faults.word(&pointer, &raw, UnitLevel::parse, UnitLevel::ALL, UnitLevel::as_str));
    let parent = maybe_named(&format!("{at}/parent"), parent, faults);
    let (lat, lon) = (faults.optional(&format!("{at}/lat"), lat), faults.optional(&format!("{at}/lon"), lon));
    let centre = match (lat, lon) {
        (Some(lat), Some(lon)) => {
            let point = Point::from_degrees(lat, lon);
            point.inspect_err(|_| faults.add(format!("{at}/lat"), FaultCode::OutOfRange)).ok()
        }
        (None, None) => None,
        (Some(_), None) => {
            faults.add(format!("{at}/lon"), FaultCode::Required);
            None
        }
        (None, Some(_)) => {
            faults.add(format!("{at}/lat"), FaultCode::Required);
            None
        }
    };
    let ((code, name), level) = code.zip(name).zip(level)?;
    Some(NewUnit { code, name, level, parent, centre })
}

fn new_agency(at: &str, body: ReformAgencyBody, faults: &mut Faults) -> Option<NewAgency> {
    let ReformAgencyBody { code, name, level, unit, needs_approval } = body;
    let code = named(&format!("{at}/code"), code, AgencyCode::parse, faults);
    let name = faults.required_text(&format!("{at}/name"), name, Title::parse).map(Title::into_string);
    let pointer = format!("{at}/level");
    // There is one coordinator, and it was there before.
    let levels = [AgencyLevel::Commune, AgencyLevel::District, AgencyLevel::Provincial];
    let known = |raw: &str| AgencyLevel::parse(raw).filter(|level| levels.contains(level));
    let level = faults
        .required(&pointer, level)
        .and_then(|raw| faults.word(&pointer, &raw, known, &levels, AgencyLevel::as_str));
    let unit = maybe_named(&format!("{at}/unit"), unit, faults);
    let needs_approval = faults.optional(&format!("{at}/needs_approval"), needs_approval).unwrap_or(false);
    let ((code, name), level) = code.zip(name).zip(level)?;
    Some(NewAgency { code, name, level, unit, needs_approval })
}

fn end<C: Ord>(
    at: &str,
    body: ReformEndBody,
    faults: &mut Faults,
    parse: impl Fn(&str) -> Result<C, InvalidCode>,
) -> Option<(C, BTreeSet<C>)> {
    let code = named(&format!("{at}/code"), body.code, &parse, faults);
    let pointer = format!("{at}/heirs");
    let given = faults.optional(&pointer, body.heirs).unwrap_or_default();
    let mut heirs = BTreeSet::new();
    for (index, heir) in given.into_iter().enumerate().take(MOST) {
        heirs.extend(named(&format!("{pointer}/{index}"), heir, &parse, faults));
    }
    code.map(|code| (code, heirs))
}

/// What does not fit, each with the list it is of.
pub(super) fn problem_of(found: Vec<ReformFault>) -> Problem {
    let mut faults = Faults::default();
    for fault in found {
        match fault {
            ReformFault::Empty => faults.add("", FaultCode::Required),
            ReformFault::UnitNotThere(unit) => faults.add_with("/units_end", FaultCode::UnknownUnit, unit.as_str()),
            ReformFault::AgencyNotThere(agency) => {
                faults.add_with("/agencies_end", FaultCode::UnknownAgency, agency.as_str());
            }
            ReformFault::UnitWithoutHeir(unit) => faults.add_with("/units_end", FaultCode::NoSuccessor, unit.as_str()),
            ReformFault::AgencyWithoutHeir(agency) => {
                faults.add_with("/agencies_end", FaultCode::NoSuccessor, agency.as_str());
            }
            ReformFault::UnknownUnitHeir { unit, heir } => {
                faults.add_with("/units_end", FaultCode::UnknownUnit, format!("{unit} → {heir}"));
            }
            ReformFault::UnknownAgencyHeir { agency, heir } => {
                faults.add_with("/agencies_end", FaultCode::UnknownAgency, format!("{agency} → {heir}"));
            }
            ReformFault::UnitTaken(unit) => faults.add_with("/units_begin", FaultCode::CodeInUse, unit.as_str()),
            ReformFault::AgencyTaken(agency) => {
                faults.add_with("/agencies_begin", FaultCode::CodeInUse, agency.as_str());
            }
            ReformFault::AgencyOfNoUnit(agency) => {
                faults.add_with("/agencies_begin", FaultCode::UnknownUnit, agency.as_str());
            }
            ReformFault::NoParent(unit) => faults.add_with("/units_begin", FaultCode::NoParent, unit.as_str()),
            ReformFault::Coordinator => faults.add("/agencies_end", FaultCode::CoordinatorStays),
        }
    }
    match faults.finish(None::<()>) {
        Ok(()) => Problem::internal("a reform that was refused for no reason"),
        Err(problem) => problem,
    }
}

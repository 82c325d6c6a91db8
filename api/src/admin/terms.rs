//! Who is competent for a field and how much time there is, as an administrator sends and reads it.

use chrono::NaiveDate;
use domain::{
    catalogue::{Competence, Terms},
    code::AgencyCode,
    deadline::{Allowance, Allowances, WorkingTime},
};
use persistence::CatalogueDay;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    catalogue::AllowanceView,
    field::{Faults, Field, Object},
    problem::FaultCode,
};

/// The longest time that may be given: beyond two years of working days or half a year of working hours it is a slip.
const MOST_DAYS: u16 = 500;
const MOST_HOURS: u16 = 1_000;

/// The terms of a field from a day on.
#[derive(Debug, Serialize, ToSchema)]
pub struct TermsView {
    #[schema(value_type = String, format = Date)]
    from: NaiveDate,
    /// `commune`, `district`, `coordinator`, or an agency's code.
    #[schema(example = "district")]
    competence: String,
    urgent: AllowanceView,
    normal: AllowanceView,
    complex: AllowanceView,
}

impl TermsView {
    pub(super) fn new(from: NaiveDate, terms: &Terms) -> Self {
        let Allowances { urgent, normal, complex } = terms.allowances;
        let competence = terms.competence.to_string();
        Self { from, competence, urgent: urgent.into(), normal: normal.into(), complex: complex.into() }
    }
}

/// Both deadlines of a priority.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AllowanceBody {
    /// Time to acknowledge: `4h` is working hours, `2d` working days.
    #[serde(default)]
    #[schema(value_type = String, example = "8h")]
    receive: Field<String>,
    /// Time to answer.
    #[serde(default)]
    #[schema(value_type = String, example = "5d")]
    answer: Field<String>,
}

/// Both deadlines for each priority.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AllowancesBody {
    #[serde(default)]
    #[schema(value_type = AllowanceBody)]
    urgent: Field<Object<AllowanceBody>>,
    #[serde(default)]
    #[schema(value_type = AllowanceBody)]
    normal: Field<Object<AllowanceBody>>,
    #[serde(default)]
    #[schema(value_type = AllowanceBody)]
    complex: Field<Object<AllowanceBody>>,
}

/// The terms that hold from a day on; what is wrong with them is added to the faults.
pub(super) fn parse_terms(
    competence: Field<String>,
    allowances: Field<Object<AllowancesBody>>,
    from: NaiveDate,
    catalogue: &CatalogueDay,
    faults: &mut Faults,
) -> Option<Terms> {
    let competence = faults.required("/competence", competence).and_then(|raw| {
        let competence = match raw.as_str() {
            "commune" => Some(Competence::Commune),
            "district" => Some(Competence::District),
            "coordinator" => Some(Competence::Coordinator),
            code => {
                let code = AgencyCode::parse(code).ok();
                let directory = &catalogue.catalogue.directory;
                let exists = |code: &AgencyCode| {
                    directory.agency(code).is_some_and(|agency| agency.validity.to.is_none_or(|to| from < to))
                };
                code.filter(exists).map(Competence::Agency)
            }
        };
        if competence.is_none() {
            let agencies = catalogue.catalogue.directory.agencies().map(|agency| agency.code.as_str());
            let known: Vec<&str> = ["commune", "district", "coordinator"].into_iter().chain(agencies).collect();
            faults.unknown("/competence", FaultCode::UnknownAgency, &raw, &known);
        }
        competence
    });
    let allowances = faults.required("/allowances", allowances).and_then(|Object(body)| {
        let AllowancesBody { urgent, normal, complex } = body;
        let urgent = parse_allowance("/allowances/urgent", urgent, faults);
        let normal = parse_allowance("/allowances/normal", normal, faults);
        let complex = parse_allowance("/allowances/complex", complex, faults);
        let ((urgent, normal), complex) = urgent.zip(normal).zip(complex)?;
        Some(Allowances { urgent, normal, complex })
    });
    let (competence, allowances) = competence.zip(allowances)?;
    Some(Terms { competence, allowances })
}

fn parse_allowance(at: &str, field: Field<Object<AllowanceBody>>, faults: &mut Faults) -> Option<Allowance> {
    let Object(AllowanceBody { receive, answer }) = faults.required(at, field)?;
    let receive = parse_time(&format!("{at}/receive"), receive, faults);
    let answer = parse_time(&format!("{at}/answer"), answer, faults);
    let (receive, answer) = receive.zip(answer)?;
    Some(Allowance { receive, answer })
}

fn parse_time(at: &str, field: Field<String>, faults: &mut Faults) -> Option<WorkingTime> {
    let raw = faults.required(at, field)?;
    let Ok(time) = WorkingTime::parse(&raw) else {
        faults.add(at, FaultCode::InvalidWorkingTime);
        return None;
    };
    let fits = match time {
        WorkingTime::Hours(hours) => hours <= MOST_HOURS,
        WorkingTime::Days(days) => days <= MOST_DAYS,
    };
    if !fits {
        faults.add_with(at, FaultCode::OutOfRange, format!("max {MOST_HOURS}h, {MOST_DAYS}d"));
    }
    fits.then_some(time)
}

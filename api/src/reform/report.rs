//! What a reform does, as it is told.

use std::collections::BTreeMap;

use domain::{
    code::AgencyCode,
    petition::{Inheritance, heir},
    routing::Directory,
    succession::reform::{Matter, Plan},
};
use persistence::{Store, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

/// How many petitions are looked at in one query.
const PAGE: u64 = 500;

/// What a reform does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReformReport {
    /// What it is called.
    #[schema(example = "2025")]
    pub code: String,
    /// The first day of what begins.
    #[schema(format = Date)]
    pub on: String,
    /// How many units end.
    pub units_end: usize,
    /// How many begin.
    pub units_begin: usize,
    /// How many agencies end.
    pub agencies_end: usize,
    /// How many begin.
    pub agencies_begin: usize,
    /// How many routing rules end.
    pub rules_end: usize,
    /// How many begin in their place.
    pub rules_begin: usize,
    /// How many officers and leaders go to the one heir of their agency.
    pub staff_moves: usize,
    /// The petitions that are owed an answer by agencies that end, by where they go and why.
    pub petitions: Vec<CarriedPetitions>,
    /// What no program can decide.
    pub for_humans: Vec<HumanMatter>,
}

/// Petitions that go to one agency for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CarriedPetitions {
    /// The agency they go to.
    #[schema(value_type = String, example = "ubnd-09169-2025")]
    pub agency: AgencyCode,
    /// `sole_heir`, `place`; to the coordinator: `several_heirs`, `no_staff`, `no_heir`.
    #[schema(value_type = String, example = "sole_heir")]
    pub basis: Inheritance,
    /// How many.
    pub petitions: u64,
}

/// Something that no program can decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HumanMatter {
    /// `rule_of_area`, `rule_of_agency`: a routing rule that ends; `field_of_agency`: a field whose agency ends; `staff`: an account whose
    /// agency ends. Each has several heirs.
    #[schema(example = "staff")]
    pub kind: &'static str,
    /// The rule's number, the field's code, the account's login.
    #[schema(example = "canbo.256")]
    pub subject: String,
    /// The area or agency that ends.
    #[schema(example = "ubnd-256")]
    pub ends: String,
    /// Among which to choose.
    pub heirs: Vec<String>,
}

/// What a plan does, where `after` is the directory as it will be.
pub(super) async fn of(store: &Store, plan: &Plan, after: &Directory) -> Result<ReformReport, StoreError> {
    let day = after.day();
    let ending: Vec<AgencyCode> = plan.agency_ends.iter().map(|end| end.agency.clone()).collect();
    let mut counts: BTreeMap<(AgencyCode, Inheritance), u64> = BTreeMap::new();
    let mut last = None;
    loop {
        let page = store.owed_by(&ending, last, PAGE).await?;
        let Some(stored) = page.last() else { break };
        last = Some(stored.petition.id);
        for stored in &page {
            if let Some(heir) = heir(&stored.petition, after, day) {
                *counts.entry((heir.to, heir.basis)).or_default() += 1;
            }
        }
    }
    let heirs_of = |agency: &AgencyCode| {
        let end = plan.agency_ends.iter().find(|end| end.agency == *agency);
        end.into_iter().flat_map(|end| &end.heirs).map(ToString::to_string).collect::<Vec<_>>()
    };
    let mut for_humans: Vec<HumanMatter> =
        plan.matters.iter().map(|matter| matter_of(matter, plan, heirs_of)).collect();
    let mut staff_moves = 0;
    for account in store.staff_of(&ending).await? {
        let Some(agency) = account.actor.agency() else { continue };
        let heirs = heirs_of(&agency);
        if heirs.len() == 1 {
            staff_moves += 1;
        } else if account.is_active {
            let subject = account.login.as_str().to_owned();
            for_humans.push(HumanMatter { kind: "staff", subject, ends: agency.to_string(), heirs });
        }
    }
    Ok(ReformReport {
        code: plan.code.clone(),
        on: plan.on.to_string(),
        units_end: plan.unit_ends.len(),
        units_begin: plan.units.len(),
        agencies_end: plan.agency_ends.len(),
        agencies_begin: plan.agencies.len(),
        rules_end: plan.rule_ends.len(),
        rules_begin: plan.rules.len(),
        staff_moves,
        petitions: counts
            .into_iter()
            .map(|((agency, basis), petitions)| CarriedPetitions { agency, basis, petitions })
            .collect(),
        for_humans,
    })
}

fn matter_of(matter: &Matter, plan: &Plan, heirs_of: impl Fn(&AgencyCode) -> Vec<String>) -> HumanMatter {
    match matter {
        Matter::RuleOfArea { rule, area } => {
            let end = plan.unit_ends.iter().find(|end| end.unit == *area);
            HumanMatter {
                kind: "rule_of_area",
                subject: rule.to_string(),
                ends: area.to_string(),
                heirs: end.into_iter().flat_map(|end| &end.heirs).map(ToString::to_string).collect(),
            }
        }
        Matter::RuleOfAgency { rule, agency } => HumanMatter {
            kind: "rule_of_agency",
            subject: rule.to_string(),
            ends: agency.to_string(),
            heirs: heirs_of(agency),
        },
        Matter::FieldOfAgency { category, agency } => HumanMatter {
            kind: "field_of_agency",
            subject: category.to_string(),
            ends: agency.to_string(),
            heirs: heirs_of(agency),
        },
    }
}

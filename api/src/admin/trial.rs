//! A rule that is not saved yet, among those that are.

use domain::routing::Rule;
use persistence::CatalogueDay;
use serde::Deserialize;
use utoipa::ToSchema;

use super::rules::{RuleBody, parse_rule};
use crate::{
    field::{Faults, Field, Object},
    problem::FaultCode,
};

/// A rule to be tried out: where it differs from what is in force. At least one of the two.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TrialBody {
    /// A rule that is not saved. When it holds does not matter here: it is taken to be in force.
    #[serde(default)]
    #[schema(value_type = Option<RuleBody>)]
    pub(super) rule: Field<Object<RuleBody>>,
    /// The number of a rule that is left out: the one that is to be changed or ended.
    #[serde(default)]
    #[schema(value_type = Option<i64>, example = 7)]
    pub(super) replaces: Field<i64>,
}

impl TrialBody {
    /// The rules as they would be; what is wrong is added to the faults.
    pub(super) fn parse(self, catalogue: &CatalogueDay, faults: &mut Faults) -> Option<Vec<Rule>> {
        let Self { rule, replaces } = self;
        let known = catalogue.catalogue.directory.rules();
        if matches!((&rule, &replaces), (Field::Absent, Field::Absent)) {
            faults.add("/rule", FaultCode::Required);
        }
        let left_out = faults.optional("/replaces", replaces);
        if left_out.is_some_and(|id| known.iter().all(|rule| rule.id != id)) {
            faults.add("/replaces", FaultCode::UnknownRule);
        }
        let mut rules: Vec<Rule> = known.iter().filter(|rule| Some(rule.id) != left_out).cloned().collect();
        if let Some(Object(body)) = faults.optional("/rule", rule) {
            let mut within = Faults::default();
            let always = RuleBody { valid_from: Field::Absent, valid_to: Field::Absent, ..body };
            // Nothing is saved: that it contradicts another one shows in what comes of it.
            let (rule, _) = parse_rule(always, 0, catalogue, &[], &mut within);
            faults.extend_under("/rule", within);
            rules.push(rule.map(in_force)?);
        }
        Some(rules)
    }
}

/// The rule as one that has always been in force.
fn in_force(mut rule: Rule) -> Rule {
    rule.validity.from = chrono::NaiveDate::MIN;
    rule
}

//! The closed lists of words in the document: those that the server reads them with, so that a generated client has them as types.
//!
//! A list stands here where the contract promises that it is closed. What grows with the system (kinds of events, rules of routing, codes of
//! problems) is plain text, and a client must be ready for a word that it does not know.

use domain::{
    account::Role,
    api_key::ApiScope,
    calendar::{DayKind, YearStatus},
    catalogue::{AgencyLevel, Channel, Priority, UnitLevel},
    change::ChangeKind,
    erasure::{ErasureOrigin, ErasureState},
    petition::{CommandKind, Emergency, Escalation, RatingLevel, RejectionCode, Status},
    question::QuestionKind,
    rate::{Bucket, Definition, Interval, MilestoneStatus, SeenAs},
    suggest::Nature,
};
use utoipa::openapi::{
    OpenApi, Ref, RefOr, Schema,
    path::Operation,
    schema::{ArrayItems, ObjectBuilder, OneOfBuilder, SchemaType, Type},
};

use super::each_operation;

/// A closed list, and where it is asked for or told.
struct Words {
    /// What its type is called.
    name: &'static str,
    words: Vec<&'static str>,
    /// Members that are one of the words, or a list of them, as `Schema.member`.
    members: &'static [&'static str],
    /// Query parameters that are one of the words, as `name`, or as `operation_id.name` where others of that name are not.
    parameters: &'static [&'static str],
}

macro_rules! words {
    ($name:literal, $list:ty, [$($member:literal),* $(,)?] $(, ?[$($parameter:literal),*])?) => {
        Words {
            name: $name,
            words: <$list>::ALL.iter().map(|word| word.as_str()).collect(),
            members: &[$($member),*],
            parameters: &[$($($parameter),*)?],
        }
    };
}

fn all() -> Vec<Words> {
    vec![
        words!(
            "PetitionStatus",
            Status,
            [
                "PetitionView.status",
                "PublicPetitionView.status",
                "LikelyDuplicate.status",
                "NearbyPetition.status",
                "DeskEvent.status",
                "Receipt.status",
            ]
        ),
        words!("Role", Role, ["AccountView.role", "LookView.role", "HistoryEntry.role", "Colleague.role"]),
        words!(
            "AgencyLevel",
            AgencyLevel,
            [
                "AgencyView.level",
                "AgencyRef.level",
                "KeptAgencyView.level",
                "MilestoneView.level",
                "MilestoneBody.level",
                "TargetBody.levels",
                "TargetView.levels",
                "TargetForecastView.level",
            ],
            ?["target_forecast.level"]
        ),
        words!("UnitLevel", UnitLevel, ["UnitRef.level", "UnitView.level", "NewUnitBody.level"]),
        words!(
            "Channel",
            Channel,
            ["PetitionView.channel", "PublicPetitionView.channel", "TargetBody.channels", "TargetView.channels"]
        ),
        words!(
            "Priority",
            Priority,
            ["PetitionView.priority", "PublicPetitionView.priority", "RecategoriseBody.priority"]
        ),
        words!("RatingLevel", RatingLevel, ["RatingBody.level", "RatingView.level", "PublicRating.level"]),
        words!(
            "RejectionReason",
            RejectionCode,
            ["RejectBody.reason_code", "RejectionView.reason_code", "ReasonView.code"]
        ),
        words!("Command", CommandKind, ["PetitionView.commands", "ProblemDetails.allowed"]),
        words!("Escalation", Escalation, ["PetitionView.escalated"]),
        words!("EmergencyKind", Emergency, ["EmergencyView.kind"]),
        words!("Nature", Nature, ["NatureHint.kind"]),
        words!(
            "RateDefinition",
            Definition,
            ["TargetBody.definition", "TargetView.definition", "RatesView.definition", "SeriesView.definition"],
            ?["definition"]
        ),
        words!("RateCount", Bucket, ["BehindView.bucket"], ?["bucket"]),
        words!("SeriesInterval", Interval, ["SeriesView.interval"], ?["interval"]),
        words!("CountedUnder", SeenAs, [], ?["agencies"]),
        words!("MilestoneStatus", MilestoneStatus, ["MilestoneProgressView.status"]),
        words!("QuestionType", QuestionKind, ["QuestionBody.type", "QuestionView.type", "AttributeView.type"]),
        words!("ApiScope", ApiScope, ["ApiKeyBody.scopes", "ApiKeyView.scopes"]),
        words!("CalendarDayKind", DayKind, ["CalendarDayBody.kind", "CalendarDayView.kind"]),
        words!(
            "CalendarStatus",
            YearStatus,
            ["CalendarBody.status", "CalendarYearView.status"],
            ?["set_calendar_year.status"]
        ),
        words!("ChangeKind", ChangeKind, ["ChangeView.kind"]),
        words!("ErasureState", ErasureState, ["ErasureView.state"]),
        words!("ErasureOrigin", ErasureOrigin, ["ErasureView.origin"]),
    ]
}

/// Puts them into the document.
pub(super) fn add(document: &mut OpenApi) {
    let all = all();
    let components = document.components.get_or_insert_default();
    for list in &all {
        for member in list.members {
            if let Some((schema, member)) = member.split_once('.')
                && let Some(RefOr::T(schema)) = components.schemas.get_mut(schema)
            {
                set(schema, member, list);
            }
        }
        let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(list.words.iter().copied()));
        components.schemas.insert(list.name.to_owned(), RefOr::T(schema.into()));
    }
    each_operation(document, |_, _, operation| set_parameters(operation, &all));
}

fn set_parameters(operation: &mut Operation, all: &[Words]) {
    let id = operation.operation_id.clone().unwrap_or_default();
    let parameters = operation.parameters.iter_mut().flatten();
    for parameter in parameters.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    }) {
        let own = format!("{id}.{}", parameter.name);
        let is_of = |list: &&Words| list.parameters.iter().any(|name| *name == parameter.name || *name == own);
        if let Some(list) = all.iter().find(is_of) {
            parameter.schema = Some(RefOr::Ref(Ref::from_schema_name(list.name)));
        }
    }
}

/// Says that a member is of a list, wherever in a schema it stands.
#[expect(clippy::wildcard_enum_match_arm, reason = "other kinds of schemas have no members, and more may come")]
fn set(schema: &mut Schema, member: &str, list: &Words) {
    match schema {
        Schema::Object(object) => {
            if let Some(property) = object.properties.get_mut(member) {
                narrow(property, list);
            }
        }
        Schema::AllOf(all) => {
            for part in &mut all.items {
                if let RefOr::T(part) = part {
                    set(part, member, list);
                }
            }
        }
        _ => {}
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "other kinds of schemas have no members, and more may come")]
fn narrow(property: &mut RefOr<Schema>, list: &Words) {
    let RefOr::T(schema) = property else { return };
    let word = Ref::from_schema_name(list.name);
    match schema {
        Schema::Array(array) => array.items = ArrayItems::RefOrSchema(Box::new(RefOr::Ref(word))),
        Schema::Object(object) => {
            let description = object.description.clone().unwrap_or_default();
            let is_nullable = matches!(&object.schema_type, SchemaType::Array(types) if types.contains(&Type::Null));
            *property = if is_nullable {
                let null = ObjectBuilder::new().schema_type(Type::Null);
                let either = OneOfBuilder::new().item(word).item(null).description(Some(description));
                RefOr::T(either.into())
            } else {
                RefOr::Ref(
                    Ref::builder().ref_location_from_schema_name(list.name).description(Some(description)).build(),
                )
            };
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A member that was renamed would be plain text again, and nobody would notice.
    #[test]
    fn every_list_is_where_it_is_said_to_be() {
        let document = serde_json::to_value(crate::server::contract()).unwrap();
        for list in all() {
            let reference = format!("#/components/schemas/{}", list.name);
            let schemas = &document["components"]["schemas"];
            assert_eq!(schemas[list.name]["enum"], json!(list.words), "{}", list.name);
            for member in list.members {
                let (schema, member) = member.split_once('.').unwrap();
                let found = find(&schemas[schema], member).unwrap_or_else(|| panic!("{schema} has no {member}"));
                assert!(found.to_string().contains(&reference), "{schema}.{member}: {found}");
            }
            let parameters = document["paths"].to_string();
            let used = parameters.matches(&format!("\"schema\":{{\"$ref\":\"{reference}\"}}")).count();
            assert!(used >= list.parameters.len(), "{}: {used}", list.name);
        }
    }

    fn find<'a>(schema: &'a serde_json::Value, member: &str) -> Option<&'a serde_json::Value> {
        let own = schema["properties"].get(member);
        own.or_else(|| schema["allOf"].as_array()?.iter().find_map(|part| find(part, member)))
    }
}

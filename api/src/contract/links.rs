//! What may be done with what an operation answered: links, for programs that look for their way by themselves.

use utoipa::openapi::{OpenApi, RefOr, link::Link};

use super::each_operation;

/// The members of an answer that name something, and the operations that take it.
struct Leads {
    /// The operation, and the status of the answer.
    from: (&'static str, &'static str),
    /// Where in the answer it is.
    found: &'static str,
    /// The parameter it becomes.
    parameter: &'static str,
    to: &'static [&'static str],
}

const PETITION: &str = "$response.body#/code";
const FIRST_PETITION: &str = "$response.body#/items/0/code";
const ID: &str = "$response.body#/id";

/// What may be done with a petition, by all who may do anything.
const ON_PETITION: &[&str] = &[
    "petition",
    "petition_history",
    "petition_proof",
    "receive",
    "assign",
    "start",
    "transfer",
    "return_petition",
    "request_information",
    "supplement",
    "extend",
    "progress",
    "draft_answer",
    "answer",
    "approve_answer",
    "return_answer",
    "reject",
    "withdraw",
    "reopen",
    "rating",
    "close",
    "publish",
    "unpublish",
    "merge",
    "note",
    "recategorise",
    "nearby",
    "support",
    "follow",
    "unfollow",
];

fn all() -> Vec<Leads> {
    let leads = |from, found, parameter, to| Leads { from, found, parameter, to };
    vec![
        leads(("submit", "201"), PETITION, "code", ON_PETITION),
        leads(("enter_petition", "201"), PETITION, "code", ON_PETITION),
        leads(("agency_petitions", "200"), FIRST_PETITION, "code", ON_PETITION),
        leads(("my_petitions", "200"), FIRST_PETITION, "code", ON_PETITION),
        leads(
            ("public_petitions", "200"),
            FIRST_PETITION,
            "code",
            &["petition", "petition_history", "petition_proof", "support", "follow"],
        ),
        leads(("upload", "201"), ID, "id", &["upload_receipt"]),
        leads(
            ("create_account", "201"),
            "$response.body#/account/id",
            "id",
            &["deactivate_account", "activate_account", "reset_account_password", "reset_account_second_factor"],
        ),
        leads(
            ("create_officer", "201"),
            "$response.body#/account/id",
            "id",
            &["deactivate_officer", "activate_officer", "reset_officer_password", "reset_officer_second_factor"],
        ),
        leads(("create_api_key", "201"), "$response.body#/key/id", "id", &["revoke_api_key"]),
        leads(("save_filter", "201"), ID, "id", &["forget_filter"]),
        leads(
            ("create_agency", "201"),
            "$response.body#/code",
            "code",
            &["kept_agency", "change_agency", "set_approval", "dissolve_agency"],
        ),
        leads(
            ("create_category", "201"),
            "$response.body#/code",
            "code",
            &["kept_category", "change_category", "close_category", "remove_category"],
        ),
        leads(("create_rule", "201"), ID, "id", &["rule", "change_rule", "end_rule"]),
        leads(
            ("create_target", "201"),
            "$response.body#/code",
            "code",
            &["change_target", "target_progress", "target_forecast", "target_versions"],
        ),
        leads(
            ("enter_erasure", "201"),
            ID,
            "id",
            &["answer_erasure", "extend_erasure", "refuse_erasure", "complete_erasure"],
        ),
        leads(("seals", "200"), "$response.body#/items/0/statement/number", "number", &["seal"]),
    ]
}

/// Puts them into the document.
pub(super) fn add(document: &mut OpenApi) {
    let all = all();
    each_operation(document, |_, _, operation| {
        let Some(id) = operation.operation_id.clone() else { return };
        for leads in all.iter().filter(|leads| leads.from.0 == id) {
            let Some(RefOr::T(response)) = operation.responses.responses.get_mut(leads.from.1) else { continue };
            for to in leads.to {
                let link = Link::builder().operation_id(*to).parameter(leads.parameter, leads.found);
                response.links.insert((*to).to_owned(), RefOr::T(link.build()));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_leads_from_an_operation_to_another() {
        let document = serde_json::to_value(crate::server::contract()).unwrap();
        let operations: Vec<&serde_json::Value> = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
            .collect();
        let operation = |id: &str| {
            operations.iter().find(|operation| operation["operationId"] == id).unwrap_or_else(|| panic!("{id}"))
        };
        for leads in all() {
            let links = &operation(leads.from.0)["responses"][leads.from.1]["links"];
            for to in leads.to {
                assert_eq!(links[to]["operationId"], *to, "{} to {to}", leads.from.0);
                let parameters = operation(to)["parameters"].as_array().unwrap();
                assert!(parameters.iter().any(|parameter| parameter["name"] == leads.parameter), "{to}");
            }
        }
    }
}

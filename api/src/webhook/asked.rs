//! What somebody asks of a webhook, and which one is meant.

use actix_web::web::Path;
use domain::{account::Role, code::CategoryCode, id::WebhookId, petition::EventKind, text::Title, webhook::Interest};
use persistence::Webhook;
use uuid::Uuid;

use super::message::{event_of, kind_of};
use crate::{
    app::App,
    auth::{Caller, kept_by},
    field::{Faults, Field},
    problem::{Code, FaultCode, Problem},
};

/// Where a webhook is to lead, what it is for, and what it wants.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) url: String,
    pub(super) name: Option<String>,
    pub(super) interest: Interest,
}

/// A list of texts in a body.
pub(super) type List = Field<Vec<Field<String>>>;

/// Reads them; `None` where any of it is wrong.
pub(super) fn terms(
    faults: &mut Faults,
    app: &App,
    (url, name): (Field<String>, Field<String>),
    (events, categories): (List, List),
) -> Option<Terms> {
    let url = faults.required("/url", url).and_then(|raw| match app.webhooks.targets.parse(&raw) {
        Ok(url) => Some(url),
        Err((code, detail)) => {
            faults.add_with("/url", code, detail);
            None
        }
    });
    let name = faults.optional("/name", name).map(|raw| faults.text("/name", Title::parse(&raw)));
    let events = each(faults, "/events", events, |faults, pointer, raw| {
        let event = event_of(raw);
        if event.is_none() {
            let known: Vec<String> = EventKind::ALL.iter().map(|kind| kind_of(*kind)).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            faults.unknown(pointer, FaultCode::UnknownWord, raw, &known);
        }
        event
    });
    let catalogue = app.catalogue();
    let categories = each(faults, "/categories", categories, |faults, pointer, raw| {
        let code = CategoryCode::parse(raw).ok().filter(|code| catalogue.catalogue.category(code).is_some());
        if code.is_none() {
            let known: Vec<&str> = catalogue.category_order.iter().map(CategoryCode::as_str).collect();
            faults.unknown(pointer, FaultCode::UnknownCategory, raw, &known);
        }
        code
    });
    let name = match name {
        Some(Some(name)) => Some(name.into_string()),
        Some(None) => return None,
        None => None,
    };
    Some(Terms { url: url?, name, interest: Interest { events: events?, categories: categories? } })
}

/// Every item of a list, each once; an absent list is an empty one. `None` where any of it is wrong.
fn each<T: PartialEq>(
    faults: &mut Faults,
    pointer: &str,
    list: List,
    parse: impl Fn(&mut Faults, &str, &str) -> Option<T>,
) -> Option<Vec<T>> {
    let given = match list {
        Field::Absent => Vec::new(),
        Field::WrongType => {
            faults.add(pointer, FaultCode::WrongType);
            return None;
        }
        Field::Given(given) => given,
    };
    let (mut found, count) = (Vec::new(), given.len());
    for (index, item) in given.into_iter().enumerate() {
        let at = format!("{pointer}/{index}");
        let raw = faults.required(&at, item);
        match raw.and_then(|raw| parse(faults, &at, &raw)) {
            Some(item) if found.contains(&item) => faults.add(at, FaultCode::Repeated),
            Some(item) => found.push(item),
            None => {}
        }
    }
    (found.len() == count).then_some(found)
}

/// The webhook of that id, if the caller may keep it: another agency's does not exist for a leader.
pub(super) async fn found(app: &App, caller: &Caller, id: &Path<String>) -> Result<Webhook, Problem> {
    let missing = || Problem::new(Code::NotFound);
    let id = id.parse::<Uuid>().map(WebhookId).map_err(|_| missing())?;
    let own = kept_by(caller);
    let may = |webhook: &Webhook| caller.role == Role::Admin || own.as_ref() == Some(&webhook.agency);
    app.store.webhook(id).await?.filter(may).ok_or_else(missing)
}

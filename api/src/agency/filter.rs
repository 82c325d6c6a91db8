//! What of a queue is asked for: the same words for the list, the counts and the filters that somebody keeps.

use domain::{
    account::{Actor, Login, Role},
    code::{AgencyCode, UnitCode},
    id::AccountId,
    petition::Status,
};
use persistence::{CatalogueDay, Desks, QueueFilter, QueueSearch, SoughtSender};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    app::App,
    auth::Caller,
    clock,
    field::Faults,
    problem::{Code, FaultCode, Problem},
    query::Sought,
};

/// What the queue shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QueueQuery {
    /// Statuses, comma-separated; unless given, all in which an answer is owed.
    #[param(example = "submitted,received")]
    status: Option<String>,
    /// `true`: the deadline has passed; `false`: it has not.
    #[param(value_type = Option<bool>)]
    overdue: Option<String>,
    /// `true`: those that ask for more attention (an emergency, a petition that travels, one that rose for being overdue).
    #[param(value_type = Option<bool>)]
    flagged: Option<String>,
    /// Whose: the id of an account, `me`, or `none` for those that nobody has.
    #[param(example = "me")]
    assignee: Option<String>,
    /// Words that code, title, content or address must have, beginnings of words too; marks and capitals do not matter. Or the
    /// telephone number of the sender.
    q: Option<String>,
    /// Fields, comma-separated.
    category: Option<String>,
    /// Communes or districts it is about, comma-separated; a district with all its communes.
    unit: Option<String>,
    /// Submitted at or after: an instant, or a date.
    from: Option<String>,
    /// Submitted before: an instant, or a date.
    to: Option<String>,
    /// For the coordinator: the queue of that agency instead of its own, or `all`.
    agency: Option<String>,
}

impl QueueQuery {
    /// The names of its parameters.
    pub(super) const NAMES: [&str; 10] =
        ["status", "overdue", "flagged", "assignee", "q", "category", "unit", "from", "to", "agency"];
}

/// The coordinator's word for the petitions of all agencies.
const ALL_AGENCIES: &str = "all";

/// The filter that a query asks for; `None` where a fault was noted.
///
/// # Errors
/// [`Code::Forbidden`] for the queue of another agency; otherwise as the store says.
pub(super) async fn read_filter(
    app: &App,
    caller: &Caller,
    query: &QueueQuery,
    faults: &mut Faults,
) -> Result<Option<QueueFilter>, Problem> {
    let catalogue = app.catalogue();
    let desks = desks(&catalogue, caller, query.agency.as_deref(), faults)?;
    let statuses = faults.words("/status", query.status.as_deref(), Status::parse, Status::ALL, Status::as_str);
    let overdue = faults.flag("/overdue", query.overdue.as_deref()).map(|overdue| (overdue, clock::now()));
    let flagged = faults.flag("/flagged", query.flagged.as_deref());
    let assignee = query.assignee.as_deref().and_then(|raw| assignee(caller, raw, faults));
    let categories = faults.categories(query.category.as_deref(), &catalogue);
    let units = faults.units(query.unit.as_deref(), None, &catalogue).into_iter().flatten().collect();
    let from = faults.instant("/from", query.from.as_deref());
    let to = faults.instant("/to", query.to.as_deref());
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        faults.add("/from", FaultCode::EmptyPeriod);
    }
    let text = match query.q.as_deref() {
        None => None,
        Some(raw) => search(app, caller, raw, faults).await?,
    };
    let units = with_communes(&catalogue, units);
    Ok(desks.map(|desks| QueueFilter {
        desks,
        statuses,
        categories,
        units,
        assignee,
        overdue,
        flagged,
        from,
        to,
        text,
    }))
}

/// The caller's own desk, or the one or ones that a coordinator asks for.
///
/// # Errors
/// [`Code::Forbidden`] for another desk than the caller's own.
pub(crate) fn desks(
    catalogue: &CatalogueDay,
    caller: &Caller,
    asked: Option<&str>,
    faults: &mut Faults,
) -> Result<Option<Desks>, Problem> {
    if asked == Some(ALL_AGENCIES) && caller.role == Role::Coordinator {
        return Ok(Some(Desks::All));
    }
    Ok(agency_of(catalogue, caller, asked, faults)?.map(Desks::One))
}

/// The caller's agency, or the one that a coordinator asks for.
///
/// # Errors
/// [`Code::Forbidden`] for another agency than the caller's own.
pub(super) fn agency_of(
    catalogue: &CatalogueDay,
    caller: &Caller,
    asked: Option<&str>,
    faults: &mut Faults,
) -> Result<Option<AgencyCode>, Problem> {
    let own = caller.actor.agency().ok_or_else(|| Problem::new(Code::Forbidden))?;
    let Some(asked) = asked else { return Ok(Some(own)) };
    let known = |code: &AgencyCode| catalogue.catalogue.directory.agency(code).is_some();
    match AgencyCode::parse(asked).ok().filter(known) {
        Some(code) if code == own || caller.role == Role::Coordinator => Ok(Some(code)),
        Some(_) => Err(Problem::new(Code::Forbidden)),
        None => {
            faults.add("/agency", FaultCode::UnknownAgency);
            Ok(None)
        }
    }
}

fn assignee(caller: &Caller, raw: &str, faults: &mut Faults) -> Option<Option<AccountId>> {
    match raw {
        "me" => Some(Some(caller.account)),
        "none" => Some(None),
        id => {
            let id = id.parse::<Uuid>().ok();
            if id.is_none() {
                faults.add_with("/assignee", FaultCode::UnknownWord, "me, none, UUID");
            }
            id.map(|id| Some(AccountId(id)))
        }
    }
}

/// A district stands for all its communes as well.
fn with_communes(catalogue: &CatalogueDay, units: Vec<UnitCode>) -> Vec<UnitCode> {
    let within = |unit: &&domain::catalogue::Unit| unit.parent.as_ref().is_some_and(|parent| units.contains(parent));
    let communes: Vec<UnitCode> = catalogue.units.iter().filter(within).map(|unit| unit.code.clone()).collect();
    units.into_iter().chain(communes).collect()
}

async fn search(app: &App, caller: &Caller, raw: &str, faults: &mut Faults) -> Result<Option<QueueSearch>, Problem> {
    let words = match faults.sought(Some(raw)) {
        Sought::All => return Ok(None),
        Sought::Words(words) => Some(words),
        Sought::Nothing => None,
    };
    let sender = match Login::phone(raw.trim()) {
        Err(_) => None,
        Ok(login) => app.store.account_by_login(&login).await?,
    };
    let even_hidden = matches!(caller.actor, Actor::Coordinator(_));
    let sender = sender.map(|account| SoughtSender { account: account.id, even_hidden });
    Ok(Some(QueueSearch { words, sender }))
}

//! What a request says of how a petition came, and what that becomes.

use domain::{
    account::Login,
    chain::{Digest, SealedText},
    code::SourceCode,
    id::AccountId,
    petition::{CameAt, CameAtFault, Entry, Petition, REACH_DAYS},
    text::{FullName, Title},
    time::Instant,
};
use persistence::Account;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::Sealed,
    clock,
    field::{Faults, Field, Object},
    petition::Entering,
    problem::{FaultCode, Problem},
};

/// Whoever gave no name. An account without one is that of somebody who was erased.
const NAMELESS: &str = "Không nêu tên";

/// What the login of an account begins with that stands for a sender and that nobody signs in to.
const CONTACT: &str = "contact";

/// Who sent it, as far as that is known.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct SenderBody {
    /// The name.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Nguyễn Thị Hà")]
    pub(crate) full_name: Field<String>,
    /// The phone number.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "0912 345 678")]
    pub(crate) phone: Field<String>,
}

/// How a petition came, checked.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) source: SourceCode,
    pub(crate) reference: Option<String>,
    came_at: CameAt,
    full_name: Option<String>,
    phone: Option<String>,
}

/// Checks what a request says of how a petition came. `received_at` is an instant by then, or what is wrong with it was noted.
pub(crate) fn note_came(
    faults: &mut Faults,
    source: Field<String>,
    reference: Field<String>,
    received_at: Option<Instant>,
    sender: Field<Object<SenderBody>>,
) -> Option<Came> {
    let source = faults
        .required("/source", source)
        .and_then(|raw| SourceCode::parse(&raw).inspect_err(|_| faults.add("/source", FaultCode::InvalidCode)).ok());
    let reference = faults.optional("/reference", reference);
    let reference = reference.and_then(|raw| faults.text("/reference", Title::parse(&raw))).map(Title::into_string);
    let came_at = received_at.and_then(|at| {
        let came_at = CameAt::new(at, clock::now());
        let fault = |fault: &CameAtFault| match fault {
            CameAtFault::InFuture => faults.add("/received_at", FaultCode::InFuture),
            CameAtFault::TooLongAgo => {
                faults.add_with("/received_at", FaultCode::OutOfRange, format!("≤ {REACH_DAYS} d"));
            }
        };
        came_at.inspect_err(fault).ok()
    });
    let Object(SenderBody { full_name, phone }) = faults.optional("/sender", sender).unwrap_or_default();
    let full_name = faults.optional("/sender/full_name", full_name);
    let full_name = full_name.and_then(|raw| faults.text("/sender/full_name", FullName::parse(&raw)));
    let phone = faults
        .optional("/sender/phone", phone)
        .and_then(|raw| Login::phone(&raw).inspect_err(|_| faults.add("/sender/phone", FaultCode::InvalidPhone)).ok());
    let full_name = full_name.map(FullName::into_string);
    let phone = phone.map(|phone| phone.as_str().to_owned());
    source.zip(came_at).map(|(source, came_at)| Came { source, reference, came_at, full_name, phone })
}

/// The petition that the item was entered as before.
///
/// # Errors
/// As the store says.
pub(crate) async fn known_item(
    app: &App,
    source: &SourceCode,
    reference: Option<&str>,
) -> Result<Option<Petition>, Problem> {
    let Some(reference) = reference else { return Ok(None) };
    let before = app.store.entered_before(source, &item_key(app, source, reference)).await?;
    Ok(before.map(|stored| stored.petition))
}

/// What an item is known by: a digest under the server's secret, since a reference may be a register's number of a person's letter.
fn item_key(app: &App, source: &SourceCode, reference: &str) -> Digest {
    app.vault.digest(Sealed::Item, &[source.as_str().as_bytes(), reference.as_bytes()])
}

/// What is to be recorded of how a petition came. A sender with the number and name of one before is the same; nobody is taken for the
/// owner of an account, since anybody may give any number on the telephone.
///
/// # Errors
/// As the store says.
pub(crate) async fn entering(app: &App, came: Came) -> Result<Entering, Problem> {
    let Came { source, reference, came_at, full_name, phone } = came;
    let full_name = full_name.unwrap_or_else(|| NAMELESS.to_owned());
    let known = match &phone {
        Some(phone) => app.store.contact(phone, &full_name).await?,
        None => None,
    };
    let new_contact = if known.is_none() { Some(contact(full_name, phone)?) } else { None };
    let sender = known.as_ref().or(new_contact.as_ref()).map(|account| account.id);
    let sender = sender.ok_or_else(|| Problem::internal("no sender"))?;
    let item = reference.as_deref().map(|reference| item_key(app, &source, reference));
    let reference = reference.map(|reference| SealedText::new(reference, clock::salt()));
    Ok(Entering { entry: Entry { source, sender, came_at, reference }, item, new_contact })
}

/// An account that stands for somebody who has none.
fn contact(full_name: String, contact_phone: Option<String>) -> Result<Account, Problem> {
    let now = clock::now();
    let id = AccountId::new(now, &clock::id_randomness());
    let login = Login::name(&format!("{CONTACT}.{id}")).map_err(Problem::internal)?;
    // What no password hashes to, and nobody may sign in anyway.
    let account = Account::citizen(id, login, String::new(), full_name, now);
    Ok(Account { is_active: false, contact_phone, ..account })
}

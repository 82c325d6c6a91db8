//! Erasing a person, petition by petition: each in a unit of work of its own, so that a person with thousands holds nobody up, and
//! what was cut off is taken up again. The person's own row goes last, since it is what the work is known by.

use std::sync::atomic::Ordering;

use domain::{
    account::{Actor, Login},
    erasure::{ErasureRequest, ErasureState},
    id::{AccountId, PetitionId},
    personal::Person,
    petition::{ErasureBasis, Event, TextKey, erase, texts_left, texts_to_erase},
};
use persistence::{Account, Page, StoreError};

use super::copies::note;
use crate::{
    app::App,
    clock, files,
    petition::Texts,
    problem::{Code, Problem},
};

/// How many petitions are looked at in one query.
const PAGE: u64 = 100;

/// How often a petition is looked at anew when somebody else changed it meanwhile.
const ATTEMPTS: u32 = 5;

/// Does what a request asks for, from wherever it was cut off. Whoever does so at the same time does the same.
///
/// # Errors
/// As the store says; then it is gone on with later, by the server itself.
pub(super) async fn carry_out(app: &App, mut request: ErasureRequest, by: &Actor) -> Result<ErasureRequest, Problem> {
    let account = person_of(app, &request).await?;
    if request.state == ErasureState::Waiting {
        let was = request.state;
        request.begin(clock::now()).map_err(Problem::from)?;
        let mut unit = app.store.begin().await?;
        match unit.set_erasure(&request, was).await {
            Ok(()) => {
                unit.close_account(&account, clock::now()).await?;
                unit.commit().await?;
                app.refresh_revoked().await;
            }
            // Somebody else has begun; or it was refused a moment ago.
            Err(StoreError::Stale) => {
                drop(unit);
                let again = app.store.erasure(request.id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
                if again.state != ErasureState::Underway {
                    return Ok(again);
                }
                request = again;
            }
            Err(error) => return Err(error.into()),
        }
    }
    erase_all(app, &account, by).await?;
    request.end(clock::now());
    let mut unit = app.store.begin().await?;
    unit.forget_person(&account, clock::now()).await?;
    match unit.set_erasure(&request, ErasureState::Underway).await {
        Ok(()) => unit.commit().await?,
        // Another server has ended it.
        Err(StoreError::Stale) => drop(unit),
        Err(error) => return Err(error.into()),
    }
    tracing::info!(target: "audit", { account.id = %account.id, erasure.id = %request.id, by = ?by.account() }, "a person was erased");
    note(app, account.id, clock::now()).await;
    remove_files(app).await;
    scrub(app).await;
    Ok(request)
}

/// Erases what came after a request was done, by a token that was still good.
///
/// # Errors
/// As the store says.
pub(super) async fn sweep(app: &App, request: &ErasureRequest) -> Result<(), Problem> {
    let account = person_of(app, request).await?;
    erase_all(app, &account, &Actor::System).await?;
    let mut unit = app.store.begin().await?;
    unit.forget_person(&account, clock::now()).await?;
    unit.swept(request.id).await?;
    unit.commit().await?;
    remove_files(app).await;
    app.privacy.scrub_due.store(true, Ordering::Relaxed);
    Ok(())
}

async fn person_of(app: &App, request: &ErasureRequest) -> Result<Account, Problem> {
    let account = app.store.account(request.account).await?;
    account.ok_or_else(|| Problem::internal("a request of nobody"))
}

/// What lies elsewhere than in the account's own rows.
async fn erase_all(app: &App, account: &Account, by: &Actor) -> Result<(), Problem> {
    // Who has no account is known by the number that they left.
    let contact = account.contact_phone.as_deref().and_then(|phone| Login::phone(phone).ok());
    let person = Person::new(account.full_name.clone(), contact.unwrap_or_else(|| account.login.clone()));
    let mut after = None;
    loop {
        let page = app.store.petitions_of(account.id, Page { after, limit: PAGE }).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.petition.id);
        for stored in &page {
            erase_petition(app, stored.petition.id, Some(&person), ErasureBasis::Request, by).await?;
        }
    }
    forget_filters(app, account.id, &person).await
}

/// Erases the words of one petition; whether there were any. Without a person, all of them, and its files.
///
/// # Errors
/// As the store says; [`Code::Contended`] where others never cease to change it.
pub(super) async fn erase_petition(
    app: &App,
    id: PetitionId,
    person: Option<&Person>,
    basis: ErasureBasis,
    by: &Actor,
) -> Result<bool, Problem> {
    for _ in 0..ATTEMPTS {
        let Some(before) = app.store.petition_by_id(id).await? else { return Ok(false) };
        let events: Vec<Event> = app.store.history(id).await?.into_iter().map(|logged| logged.event).collect();
        let texts = Texts::new(app.store.words(&[id]).await?);
        let words = |text: TextKey| texts.borrowed(id, text.seq, text.slot);
        let gone = match person {
            Some(person) => texts_to_erase(&before.petition, &events, person, words),
            None => texts_left(&events),
        };
        let mut unit = app.store.begin().await?;
        let now = clock::now();
        let Some(decision) = erase(&before.petition, gone, basis, by, now) else { return Ok(false) };
        app.clock.stamped(decision.event.at, now);
        match unit.advance(&before, &decision).await {
            Ok(_) => {
                if person.is_none() {
                    // Of all words gone, no picture stays either. A person's own files go with the person.
                    unit.doom_attachments(&[id]).await?;
                }
                unit.commit().await?;
                return Ok(true);
            }
            Err(StoreError::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(Code::Contended))
}

/// Forgets the filters that look for the person, whosever they are. There are few: staff alone keep any.
async fn forget_filters(app: &App, account: AccountId, person: &Person) -> Result<(), Problem> {
    for filter in app.store.all_filters().await?.into_iter().filter(|filter| filter.account != account) {
        let parameters: Vec<(String, String)> = serde_urlencoded::from_str(&filter.query).unwrap_or_default();
        let sought = parameters.iter().any(|(_, value)| person.is_named_in(value));
        if sought || person.is_named_in(&filter.name) {
            let mut unit = app.store.begin().await?;
            unit.forget_filter(filter.account, filter.id).await?;
            unit.commit().await?;
        }
    }
    Ok(())
}

/// Removes the files that are doomed. Where the object store cannot be reached, the sweep goes on later: nobody is shown them any more.
pub(super) async fn remove_files(app: &App) {
    if let Err(problem) = files::sweep(app).await {
        tracing::warn!(%problem, "erased files could not be removed yet; tried again soon");
    }
}

/// Takes from the disk what was deleted. Where that cannot be done now, it is tried again.
pub(super) async fn scrub(app: &App) {
    let due = match app.store.scrub().await {
        Ok(gone) => !gone,
        Err(error) => {
            tracing::warn!(%error, "what was erased could not be taken from the disk yet; tried again soon");
            true
        }
    };
    app.privacy.scrub_due.store(due, Ordering::Relaxed);
}

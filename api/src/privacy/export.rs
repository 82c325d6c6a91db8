//! `GET /api/v1/me/export`: all that is held on a person.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, Accept, Header},
    web::Data,
};
use domain::{
    account::Role,
    id::{LookId, PetitionId},
    notice::Carrier,
    petition::MediaType,
    time::Instant,
};
use persistence::{FileKey, KeptDelivery, Page, Upload, Variant};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    access_log::{LookView, views},
    archive::{Entry, archive},
    asked::ErasureView,
    consent_calls::{ConsentView, consents_of},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{AccountView, Caller, IdentityView, SignedIn},
    clock,
    files::file_name,
    language::Language,
    notify::{NoticeView, NotificationsView, PushTokenView, notifications_of},
    petition::{HistoryView, PetitionView, Reader, shown_all},
    problem::{Code, Problem},
};

/// The type of an archive.
const ZIP: &str = "application/zip";

/// How many rows are read at a time.
const PAGE: u64 = 100;

/// A sign-in on a device.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptSession {
    id: Uuid,
    /// What the device called itself.
    device: Option<String>,
    /// When it began.
    began_at: String,
    /// When it was used last.
    last_used_at: Option<String>,
    /// When it ended.
    ended_at: Option<String>,
}

/// A file that the person sent, attached or not, and what it said of itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedFile {
    id: Uuid,
    sent_at: String,
    #[schema(value_type = String, example = "image/jpeg")]
    media_type: MediaType,
    /// Its bytes as it is handed out.
    size: u64,
    /// When it says it was taken.
    taken_at: Option<String>,
    /// Where, degrees.
    lat: Option<f64>,
    /// Where, degrees.
    lon: Option<f64>,
    /// Where to get it, on this server, for some minutes.
    url: String,
    /// Its name in the archive.
    #[schema(example = "files/pakn-019abc.jpg")]
    name: String,
}

/// A petition with everything that happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedPetition {
    petition: PetitionView,
    history: HistoryView,
}

/// A filter of the queue that a member of staff keeps.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedFilter {
    name: String,
    query: String,
}

/// A petition that the person follows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedFollowing {
    code: String,
    /// Whether they said that they have the same concern.
    supports: bool,
}

/// A message that took a notice to the person.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedMessage {
    /// The notice; `null`: all of a day.
    notice: Option<Uuid>,
    #[schema(value_type = String, example = "email")]
    carrier: Carrier,
    /// `waiting`, `sent`, `dropped` or `dead`: it did not arrive.
    state: String,
    /// When it was sent, dropped or given up.
    settled_at: Option<String>,
}

impl From<KeptDelivery> for ExportedMessage {
    fn from(kept: KeptDelivery) -> Self {
        Self {
            notice: kept.notice.map(|notice| notice.0),
            carrier: kept.carrier,
            state: kept.state,
            settled_at: kept.settled_at.map(Instant::to_local_rfc3339),
        }
    }
}

/// All that is held on a person. Files are named where they belong, by links that lead to them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportView {
    /// When it was put together.
    exported_at: String,
    account: AccountView,
    /// When the account was made.
    registered_at: String,
    /// Oldest first.
    consents: Vec<ConsentView>,
    /// The newest request to be erased.
    erasure: Option<ErasureView>,
    sessions: Vec<KeptSession>,
    /// The identities that open the account. Who they are is not kept, only a digest of it.
    identities: Vec<IdentityView>,
    /// Oldest first.
    files: Vec<ExportedFile>,
    /// Newest first, each with its history as the sender is told it.
    petitions: Vec<ExportedPetition>,
    following: Vec<ExportedFollowing>,
    saved_filters: Vec<ExportedFilter>,
    /// What they are told by which way, and when.
    notifications: NotificationsView,
    /// The phones that show what they are told.
    push_tokens: Vec<PushTokenView>,
    /// What they were told, newest first.
    inbox: Vec<NoticeView>,
    /// How that went out to them, oldest first.
    messages: Vec<ExportedMessage>,
    /// Who of the staff was shown their petitions, newest first.
    access_log: Vec<LookView>,
}

/// All that is held on the caller, to be kept: as one JSON document, in which files are links, or with `Accept: application/zip` as an archive of that
/// document (`pakn.json`) and the files.
#[utoipa::path(
    operation_id = "export_me", tag = "auth", security(("bearer" = [])),
    responses(
        (status = 200, content((ExportView = "application/json"), (String = "application/zip")), headers(("Content-Disposition" = String, description = "A name for the file."))),
        Guarded,
    )
)]
#[get("/me/export")]
pub async fn export_me(
    app: Data<App>,
    SignedIn(caller): SignedIn,
    language: Language,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let account = app.store.account(caller.account).await?.filter(|account| !account.is_erased());
    let account = account.ok_or_else(|| Problem::new(Code::InvalidToken))?;
    let sessions = app.store.sessions_of(caller.account).await?.into_iter().map(|session| KeptSession {
        id: session.id.0,
        device: session.device,
        began_at: session.began_at.to_local_rfc3339(),
        last_used_at: session.last_used_at.map(Instant::to_local_rfc3339),
        ended_at: session.ended_at.map(Instant::to_local_rfc3339),
    });
    let filters = app.store.saved_filters(caller.account).await?.into_iter();
    let uploads = app.store.uploads_of_account(caller.account).await?;
    let identities = app.store.identities_of(caller.account).await?.into_iter();
    let export = ExportView {
        exported_at: clock::now().to_local_rfc3339(),
        registered_at: account.created_at.to_local_rfc3339(),
        account: AccountView::from(&account),
        consents: consents_of(&app, caller.account, language).await?,
        erasure: app.store.erasure_of(caller.account).await?.as_ref().map(ErasureView::from),
        sessions: sessions.collect(),
        identities: identities.map(|identity| IdentityView::of(&app, identity)).collect(),
        files: exported(&app, &uploads),
        petitions: petitions_of(&app, &caller, language).await?,
        following: following_of(&app, &caller).await?,
        saved_filters: filters.map(|filter| ExportedFilter { name: filter.name, query: filter.query }).collect(),
        notifications: notifications_of(&app, caller.account).await?,
        push_tokens: app.store.phones_of(caller.account).await?.iter().map(PushTokenView::of).collect(),
        inbox: inbox_of(&app, &caller, language).await?,
        messages: app.store.deliveries_to(caller.account).await?.into_iter().map(ExportedMessage::from).collect(),
        access_log: access_log_of(&app, &caller, language).await?,
    };
    let accepted = Accept::parse(&request).map(|accept| accept.0).unwrap_or_default();
    let wants_archive = accepted.iter().any(|one| one.item.essence_str() == ZIP);
    let ending = if wants_archive { "zip" } else { "json" };
    let name = format!("attachment; filename=\"pakn-{}.{ending}\"", clock::now().local_date());
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "accept, accept-language"));
    if !wants_archive {
        return Ok(response.json(export));
    }
    let document = serde_json::to_vec_pretty(&export).map_err(Problem::internal)?;
    let entries = uploads.iter().map(|upload| Entry {
        name: name_in_archive(upload),
        key: FileKey::upload(upload.name, Variant::Full),
        size: upload.kept.size,
    });
    let archive = archive(&app.privacy.archives, document.into(), entries.collect(), &app.files.store)?;
    response.insert_header((header::CONTENT_TYPE, ZIP)).insert_header(header::ContentEncoding::Identity);
    Ok(response.streaming(archive))
}

fn name_in_archive(upload: &Upload) -> String {
    format!("files/{}", file_name(upload, upload.kept.media_type))
}

fn exported(app: &App, uploads: &[Upload]) -> Vec<ExportedFile> {
    let now = clock::now();
    let exported = uploads.iter().map(|upload| ExportedFile {
        id: upload.id.0,
        sent_at: upload.created_at.to_local_rfc3339(),
        media_type: upload.kept.media_type,
        size: upload.kept.size,
        taken_at: upload.taken.at.map(Instant::to_local_rfc3339),
        lat: upload.taken.place.map(|place| place.lat()),
        lon: upload.taken.place.map(|place| place.lon()),
        url: app.files.links.make(upload.id, Variant::Full, now),
        name: name_in_archive(upload),
    });
    exported.collect()
}

async fn petitions_of(app: &App, caller: &Caller, language: Language) -> Result<Vec<ExportedPetition>, Problem> {
    let mut exported = Vec::new();
    if caller.role != Role::Citizen {
        return Ok(exported);
    }
    let mut after = None;
    loop {
        let page = app.store.petitions_of(caller.account, Page { after, limit: PAGE }).await?;
        let Some(last) = page.last() else { return Ok(exported) };
        after = Some(last.petition.id);
        let petitions: Vec<_> = page.into_iter().map(|stored| stored.petition).collect();
        let ids: Vec<PetitionId> = petitions.iter().map(|petition| petition.id).collect();
        let mut histories = app.store.histories(&ids).await?;
        let words = app.store.words(&ids).await?;
        let catalogue = app.catalogue();
        for (petition, id) in shown_all(app, caller, language, &petitions).await?.into_iter().zip(ids) {
            let events = histories.remove(&id).unwrap_or_default();
            let own: Vec<_> = words.iter().filter(|words| words.petition == id).cloned().collect();
            let history = HistoryView::new(&events, &own, Reader::Sender, &catalogue, language);
            exported.push(ExportedPetition { petition, history });
        }
    }
}

async fn inbox_of(app: &App, caller: &Caller, language: Language) -> Result<Vec<NoticeView>, Problem> {
    let (mut inbox, mut after) = (Vec::new(), None);
    loop {
        let page = app.store.inbox(caller.account, false, Page { after, limit: PAGE }).await?;
        let Some(last) = page.last() else { return Ok(inbox) };
        after = Some(last.id);
        inbox.extend(page.into_iter().map(|notice| NoticeView::of(notice, language)));
    }
}

async fn following_of(app: &App, caller: &Caller) -> Result<Vec<ExportedFollowing>, Problem> {
    let (mut following, mut after) = (Vec::new(), None);
    loop {
        let page = app.store.followed_by(caller.account, Page { after, limit: PAGE }).await?;
        let Some((_, last)) = page.last() else { return Ok(following) };
        after = Some(last.petition.id);
        let exported = page
            .into_iter()
            .map(|(supports, stored)| ExportedFollowing { code: stored.petition.code.to_string(), supports });
        following.extend(exported);
    }
}

async fn access_log_of(app: &App, caller: &Caller, language: Language) -> Result<Vec<LookView>, Problem> {
    app.privacy.looks.write_down(&app.store).await?;
    let (mut log, mut after): (Vec<LookView>, Option<LookId>) = (Vec::new(), None);
    loop {
        let page = app.store.looks_at(caller.account, Page { after, limit: PAGE }).await?;
        let Some(last) = page.last() else { return Ok(log) };
        after = Some(last.id);
        log.extend(views(app, page, language).await?);
    }
}

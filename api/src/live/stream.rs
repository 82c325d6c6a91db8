//! `GET /api/v1/agency/events`: Server-Sent Events for a desk.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    get,
    http::header,
    web::{Bytes, Data},
};
use domain::{
    code::AgencyCode,
    petition::{PetitionCode, Status, hears},
};
use futures_util::stream;
use persistence::{Desks, LogCursor, LoggedNews};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};
use utoipa::{IntoParams, ToSchema};

use super::hub::{Reading, Readings, Seat};
use crate::{
    agency::desks,
    answers::Guarded,
    app::App,
    auth::{Allowed, Staff},
    clock,
    field::Faults,
    problem::{FaultCode, Problem},
    query::Query,
};

/// How often something is sent when nothing happens, so that neither end takes the other for gone.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How much of the log is read at a time by who has to catch up.
const PAGE: u32 = 500;
/// What a client is told first: to come back two seconds after a stream has ended.
const GREETING: &str = "retry: 2000";

/// What a desk is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeskEvent {
    /// Whose event it is.
    #[schema(value_type = String, example = "PAKN.20220831.000042")]
    code: PetitionCode,
    /// The petition's version after it.
    seq: u32,
    /// What happened, as in a history.
    #[serde(rename = "type")]
    #[schema(example = "submitted")]
    kind: &'static str,
    /// When.
    at: String,
    /// Where the petition stands now.
    #[schema(value_type = String, example = "submitted")]
    status: Status,
    /// Who has it now: another agency, where it was moved away.
    #[schema(value_type = String, example = "ubnd-256")]
    agency: AgencyCode,
}

/// Whose events, and from where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// For the coordinator: the events of that agency's petitions, or `all`.
    agency: Option<String>,
    /// As the header `Last-Event-ID`, for clients that cannot set it.
    last_event_id: Option<String>,
}

/// The header that a browser sends when it comes back.
#[derive(Debug)]
pub struct LastEventId(Option<String>);

impl FromRequest for LastEventId {
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = request.headers().get("last-event-id");
        std::future::ready(Ok(Self(header.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()))))
    }
}

/// Tells a desk what comes in or changes, as it happens: Server-Sent Events named `petition`, each with the JSON of a desk event.
/// The coordinator hears besides of what rose to it from any agency. With `Last-Event-ID` the stream goes on after that event,
/// without a gap. It ends with the access token; come back with a new one.
#[utoipa::path(
    operation_id = "agency_events", tag = "agency", security(("bearer" = [])),
    params(EventsQuery, ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that was heard.")),
    extensions(("x-roles" = json!(["officer", "leader", "coordinator"]))),
    responses(
        (status = 200, body = DeskEvent, content_type = "text/event-stream"),
        Guarded,
    )
)]
#[get("/agency/events")]
pub async fn agency_events(
    app: Data<App>,
    allowed: Allowed<Staff>,
    Query(query): Query<EventsQuery>,
    LastEventId(header): LastEventId,
) -> Result<HttpResponse, Problem> {
    let caller = &allowed.caller;
    let mut faults = Faults::default();
    let desks = desks(&app.catalogue(), caller, query.agency.as_deref(), &mut faults)?;
    let after = header.or(query.last_event_id).map(|raw| {
        let cursor = LogCursor::parse(&raw);
        if cursor.is_none() {
            faults.add("/last_event_id", FaultCode::InvalidCursor);
        }
        cursor
    });
    let desks = faults.finish(desks)?;
    // Heard before the end of the log is looked up: what happens in between is heard twice, and told once.
    let (seat, readings, stopped) = app.live.listen(caller.account)?;
    let end = app.store.log_end().await?;
    let after = after.flatten().unwrap_or(end);
    if after > end {
        // Of another log, or of this one before a backup was restored: nothing would ever come after it.
        return Err(Problem::fault("/last_event_id", FaultCode::InvalidCursor));
    }
    let now = Duration::from_millis(clock::now().unix_millis());
    let ends_at = Instant::now() + caller.expires_at.saturating_sub(now);
    let told = Telling {
        app: app.clone(),
        desks,
        after,
        readings,
        stopped,
        ends_at,
        heartbeat: tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT),
        catching_up: true,
        waiting: VecDeque::from([place(after, GREETING)]),
        _seat: seat,
    };
    let body = stream::unfold(told, |mut told| async move { Some((Ok::<_, Infallible>(told.next().await?), told)) });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // Compressed, it would wait in the compressor until there is enough of it; nginx would gather it likewise.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(body))
}

/// A stream under way.
struct Telling {
    app: Data<App>,
    desks: Desks,
    after: LogCursor,
    readings: Readings,
    stopped: watch::Receiver<bool>,
    ends_at: Instant,
    heartbeat: tokio::time::Interval,
    /// Whether the log must be read before what is heard can be told: at first, and when it was not heard in time.
    catching_up: bool,
    waiting: VecDeque<Bytes>,
    _seat: Seat,
}

/// What a stream waits for.
enum Heard {
    End,
    Nothing,
    News(Arc<Reading>),
    TooLate,
}

impl Telling {
    /// The next piece of the stream; `None` at its end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.waiting.pop_front() {
                return Some(bytes);
            }
            if *self.stopped.borrow() || self.ends_at <= Instant::now() {
                return None;
            }
            if self.catching_up {
                self.catch_up().await?;
                continue;
            }
            let heard = tokio::select! {
                changed = self.stopped.changed() => if changed.is_ok() { continue } else { Heard::End },
                () = tokio::time::sleep_until(self.ends_at) => Heard::End,
                _ = self.heartbeat.tick() => Heard::Nothing,
                reading = self.readings.recv() => match reading {
                    Ok(reading) => Heard::News(reading),
                    Err(broadcast::error::RecvError::Lagged(_)) => Heard::TooLate,
                    Err(broadcast::error::RecvError::Closed) => Heard::End,
                },
            };
            match heard {
                Heard::End => return None,
                Heard::Nothing => return Some(place(self.after, ":")),
                // This server has read on from a place that this stream has not come to: when it had just begun.
                Heard::News(reading) if reading.after > self.after => self.catching_up = true,
                Heard::News(reading) => self.take(&reading.news),
                // Who reads slowly misses nothing: the log has it all.
                Heard::TooLate => self.catching_up = true,
            }
        }
    }

    async fn catch_up(&mut self) -> Option<()> {
        match self.app.store.log_after(self.after, PAGE).await {
            Ok(news) => {
                self.catching_up = !news.is_empty();
                self.take(&news);
                Some(())
            }
            Err(error) => {
                tracing::warn!(%error, "a stream ends: the log cannot be read");
                None
            }
        }
    }

    fn take(&mut self, news: &[LoggedNews]) {
        for one in news.iter().filter(|one| one.cursor > self.after) {
            if concerns(&self.desks, one) {
                self.waiting.extend(told(one));
            }
        }
        self.after = news.last().map_or(self.after, |last| last.cursor.max(self.after));
    }
}

/// A line with the place where a client may go on, though nothing was told: else one that hears nothing for a while would come
/// back without any, and miss what happened meanwhile.
fn place(after: LogCursor, line: &str) -> Bytes {
    Bytes::from(format!("id: {after}\n{line}\n\n"))
}

/// Whether whoever looks at those desks is told of it.
fn concerns(desks: &Desks, news: &LoggedNews) -> bool {
    match desks {
        Desks::One(desk) => hears(desk, &news.data, &news.desk, news.left.as_ref()),
        Desks::All => true,
    }
}

fn told(news: &LoggedNews) -> Option<Bytes> {
    let event = DeskEvent {
        code: news.code.clone(),
        seq: news.seq,
        kind: news.data.kind().as_str(),
        at: news.at.to_local_rfc3339(),
        status: news.status,
        agency: news.holder.clone(),
    };
    let data = serde_json::to_string(&event).ok()?;
    Some(Bytes::from(format!("id: {}\nevent: petition\ndata: {data}\n\n", news.cursor)))
}

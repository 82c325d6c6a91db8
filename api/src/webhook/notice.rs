//! That a webhook was paused by itself is said to the leaders of its agency.

use domain::{
    account::Role,
    notice::{NoticeKind, Source},
    time::Instant,
    webhook::PausedReason,
};
use persistence::{Letter, StoreError, Webhook};
use url::Url;

use crate::{app::App, notify::Told};

/// What those who keep it are told, to be put on its way with the pause. Of one pause each has one notice.
pub(super) async fn letters(app: &App, webhook: &Webhook, at: Instant) -> Result<Vec<Letter>, StoreError> {
    let leaders = app.store.desk_members(&webhook.agency, &[Role::Leader]).await?;
    let source = format!("webhook {} paused {}", webhook.id, at.micros());
    // Which of theirs it is; the rest of the address may have a key in it.
    let host = Url::parse(&webhook.url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let told = Told {
        source: Source::Other(&source),
        kind: NoticeKind::WebhookPaused,
        code: None,
        about: host.as_deref(),
        at,
    };
    app.letters(&leaders, &told).await
}

/// Says so to the operator, once the pause lasts.
pub(super) fn log(webhook: &Webhook, reason: PausedReason) {
    tracing::warn!(
        target: "audit",
        { webhook.id = %webhook.id, agency = %webhook.agency, reason = %reason },
        "a webhook is paused: its target takes nothing"
    );
}

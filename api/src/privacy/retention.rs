//! Once a day, what was kept for long enough is taken away, each kind after its own time.

use chrono::Duration;
use domain::{account::Actor, id::PetitionId, petition::ErasureBasis};
use persistence::{Kept, Page};

use super::erasing::{erase_petition, remove_files, scrub};
use crate::{app::App, clock, problem::Problem};

const PAGE: u64 = 500;

/// Takes it away.
///
/// # Errors
/// As the store says; repeating the call takes up where it ended.
pub(super) async fn clear(app: &App) -> Result<(), Problem> {
    let settings = &app.privacy.settings;
    let now = clock::now();
    let ago = |days: u32| now.plus(-Duration::days(i64::from(days)));
    let kinds = [
        (Kept::Looks, settings.keep_access_log_days),
        (Kept::IdempotencyKeys, settings.keep_idempotency_days),
        (Kept::Sessions, settings.keep_sessions_days),
        (Kept::Notices, settings.keep_notices_days),
        (Kept::WebhookDeliveries, app.webhooks.keep_days),
    ];
    for (kept, days) in kinds {
        loop {
            let mut unit = app.store.begin().await?;
            let more = unit.clear(kept, ago(days)).await?;
            unit.commit().await?;
            if !more {
                break;
            }
        }
    }
    let Some(days) = settings.keep_words_days else { return Ok(()) };
    let (mut after, mut erased): (Option<PetitionId>, u64) = (None, 0);
    loop {
        let page = app.store.petitions_to_forget(ago(days), Page { after, limit: PAGE }).await?;
        let Some(last) = page.last() else { break };
        after = Some(*last);
        for id in page {
            erased += u64::from(erase_petition(app, id, None, ErasureBasis::Retention, &Actor::System).await?);
        }
    }
    // Who is known for nothing but a petition that was entered for them is not kept longer than its words.
    loop {
        let some = app.store.contacts_without_words(PAGE).await?;
        if some.is_empty() {
            break;
        }
        let mut unit = app.store.begin().await?;
        for contact in &some {
            unit.forget_person(contact, now).await?;
        }
        unit.commit().await?;
        erased += 1;
    }
    if erased > 0 {
        tracing::info!(target: "audit", { petitions = erased }, "words were erased whose time to be kept was over");
        remove_files(app).await;
        scrub(app).await;
    }
    Ok(())
}

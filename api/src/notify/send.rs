//! Sending what is due: each carrier by itself, so that one that hangs holds up nobody but its own messages.
//!
//! A message is claimed in one short unit of work, sent outside of any, and settled in another. A server that is killed in between leaves it
//! claimed until its lease is over, and then it is sent again under the same key: at least once, and once to the eye.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    account::Login,
    id::{AccountId, DeliveryId, NoticeId, PushTokenId},
    notice::{Carrier, Circuit, Passage, Tongue, put_off, told, unmarked},
    time::Instant,
    wording::Worded,
};
use futures_util::future::join_all;
use persistence::{Addressee, Claimed, Notice, Phone, Settled, StoreError};

use crate::{
    app::App,
    clock,
    message::{Message, Push, SendError},
};

/// How many messages a server gives to one carrier at once.
const AT_ONCE: u32 = 16;

/// How often a server looks whether something is due.
const LOOK: Duration = Duration::from_secs(1);

/// What is needed to write the messages that were claimed.
struct Known {
    addressees: HashMap<AccountId, Addressee>,
    notices: HashMap<NoticeId, Notice>,
    digests: HashMap<DeliveryId, Vec<Notice>>,
    phones: HashMap<PushTokenId, Phone>,
}

/// What becomes of a message before it is sent at all.
enum Written {
    Push(Phone, Notice, String),
    Text(String, Message),
    Nothing(&'static str),
}

fn in_tongue(tongue: Tongue, text: Worded) -> String {
    match tongue {
        Tongue::Vietnamese => text.vietnamese,
        Tongue::English => text.english,
    }
}

fn says(tongue: Tongue, notice: &Notice) -> String {
    in_tongue(tongue, told(notice.kind, notice.code.as_ref(), notice.about.as_deref()))
}

impl Known {
    async fn of(app: &App, claimed: &[Claimed]) -> Result<Self, StoreError> {
        let mut accounts: Vec<AccountId> = claimed.iter().map(|one| one.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let ids: Vec<NoticeId> = claimed.iter().filter_map(|one| one.notice).collect();
        let digest_ids: Vec<DeliveryId> = claimed.iter().filter(|one| one.notice.is_none()).map(|one| one.id).collect();
        let phones: Vec<PushTokenId> = claimed.iter().filter_map(|one| one.phone).collect();
        let mut known = Self {
            addressees: app.store.addressees(&accounts).await?.into_iter().map(|one| (one.account.id, one)).collect(),
            notices: HashMap::new(),
            digests: HashMap::new(),
            phones: app.store.phones(&phones).await?.into_iter().map(|phone| (phone.id, phone)).collect(),
        };
        for notice in app.store.notices(&ids, &digest_ids).await? {
            match notice.digest {
                Some(digest) if digest_ids.contains(&digest) => known.digests.entry(digest).or_default().push(notice),
                Some(_) | None => {
                    known.notices.insert(notice.id, notice);
                }
            }
        }
        Ok(known)
    }

    /// The message, in the person's language, as things are by now.
    fn write(&self, carrier: Carrier, claimed: &Claimed) -> Written {
        let Some(addressee) = self.addressees.get(&claimed.account) else {
            return Written::Nothing("the account is not open");
        };
        let Addressee { account, preferences, .. } = addressee;
        if !preferences.way(carrier.way()).on {
            return Written::Nothing("the person chose otherwise");
        }
        let tongue = preferences.language;
        let Some(id) = claimed.notice else {
            let unread = self.digests.get(&claimed.id).into_iter().flatten().filter(|notice| notice.read_at.is_none());
            let unread: Vec<&Notice> = unread.collect();
            return match unread.is_empty() {
                true => Written::Nothing("all of it was read"),
                false => Written::Text(account.login.as_str().to_owned(), digest(tongue, &unread, claimed.id)),
            };
        };
        let Some(notice) = self.notices.get(&id) else { return Written::Nothing("the notice is gone") };
        if notice.read_at.is_some() {
            return Written::Nothing("it was read");
        }
        let text = says(tongue, notice);
        match (carrier, &account.login) {
            (Carrier::Fcm | Carrier::Apns, _) => {
                // A phone that has become somebody else's has another id.
                match claimed.phone.and_then(|phone| self.phones.get(&phone)) {
                    Some(phone) => Written::Push(phone.clone(), notice.clone(), text),
                    None => Written::Nothing("the phone is theirs no more"),
                }
            }
            (Carrier::Email, Login::Email(address)) => {
                let subject = text.clone();
                let text = format!("{text}\n\n{}\n", in_tongue(tongue, footer()));
                Written::Text(address.clone(), Message::notice(subject, text, claimed.id))
            }
            (Carrier::Sms, Login::Phone(number)) => {
                Written::Text(number.clone(), Message::notice(String::new(), unmarked(&text), claimed.id))
            }
            (Carrier::Email | Carrier::Sms, Login::Email(_) | Login::Phone(_) | Login::Name(_)) => {
                Written::Nothing("the address is theirs no more")
            }
        }
    }
}

fn footer() -> Worded {
    Worded {
        vietnamese: "Xem nội dung trong ứng dụng Phản ánh, kiến nghị Bắc Ninh. Chọn cách nhận thông báo trong mục Thông báo của ứng dụng."
            .to_owned(),
        english: "Read more in the app. What you are told by e-mail you choose there, under Notifications.".to_owned(),
    }
}

/// All of a day in one e-mail.
fn digest(tongue: Tongue, notices: &[&Notice], key: DeliveryId) -> Message {
    let count = notices.len();
    let subject = in_tongue(
        tongue,
        Worded {
            vietnamese: format!("Phản ánh, kiến nghị Bắc Ninh: {count} thông báo chưa đọc"),
            english: format!("Petitions of Bắc Ninh: {count} unread notices"),
        },
    );
    let line = |notice: &&Notice| {
        let (day, time) = (notice.at.local_date().format("%d/%m"), notice.at.local_time().format("%H:%M"));
        format!("- {day} {time}: {}\n", says(tongue, notice))
    };
    let lines: String = notices.iter().map(line).collect();
    Message::notice(subject, format!("{lines}\n{}\n", in_tongue(tongue, footer())), key)
}

impl App {
    /// Sends what is due by a carrier, as much at once as is given to it; how many messages that were. What is known of the carrier is kept by
    /// whoever asks.
    ///
    /// # Errors
    /// As the store says; what was sent and could not be settled is sent again when its lease is over.
    pub async fn send_due(&self, carrier: Carrier, circuit: &mut Circuit, now: Instant) -> Result<u32, StoreError> {
        let limit = match circuit.passage(now) {
            Passage::Shut => return Ok(0),
            Passage::Probe => 1,
            Passage::Open => AT_ONCE,
        };
        if !self.gateways.carries(carrier) || !self.store.has_due(carrier, now).await? {
            return Ok(0);
        }
        let lease = self.gateways.lease();
        let until = now.plus(chrono::Duration::from_std(lease).unwrap_or(chrono::Duration::zero()));
        let mut unit = self.store.begin().await?;
        let claimed = unit.claim(carrier, limit, now, until).await?;
        unit.commit().await?;
        let known = Known::of(self, &claimed).await?;
        let sent = claimed.iter().map(|one| self.send_one(carrier, one, known.write(carrier, one), lease, now));
        for outcome in join_all(sent).await {
            match outcome? {
                Outcome::Dealt => circuit.dealt(),
                Outcome::Failed => circuit.failed(now, clock::jitter()),
                Outcome::Asked(pause) => circuit.asked(now, pause),
                Outcome::NotGiven => {}
            }
        }
        Ok(u32::try_from(claimed.len()).unwrap_or(u32::MAX))
    }

    async fn send_one(
        &self,
        carrier: Carrier,
        claimed: &Claimed,
        written: Written,
        lease: Duration,
        now: Instant,
    ) -> Result<Outcome, StoreError> {
        let sending = async {
            match &written {
                Written::Nothing(_) => Ok(()),
                Written::Text(to, message) => self.gateways.carry(carrier, to, message).await,
                Written::Push(phone, notice, text) => {
                    let code = notice.code.as_ref();
                    let push = Push { key: claimed.id, notice: notice.id, kind: notice.kind, code, text };
                    self.gateways.push(carrier, &phone.token, &push).await
                }
            }
        };
        // After its lease it is another server's.
        let sent = tokio::time::timeout(lease, sending).await;
        let sent = sent.unwrap_or_else(|_| Err(SendError::Temporary("it took too long".to_owned())));
        let again = |problem: String, wait: Option<chrono::Duration>| match put_off(
            claimed.tries,
            wait,
            now,
            clock::jitter(),
        ) {
            Some(at) => Settled::Again(at, problem),
            None => Settled::Dead(problem),
        };
        let mut gone = None;
        let (settled, outcome) = match (sent, &written) {
            (Ok(()), Written::Nothing(why)) => (Settled::Dropped(why), Outcome::NotGiven),
            (Ok(()), Written::Push(..) | Written::Text(..)) => (Settled::Sent, Outcome::Dealt),
            (Err(SendError::Temporary(problem)), _) => (again(problem, None), Outcome::Failed),
            (Err(SendError::PutOff { problem, wait, all }), _) => {
                let outcome = match (wait, all) {
                    (Some(wait), true) => Outcome::Asked(wait),
                    (Some(_), false) | (None, _) => Outcome::Dealt,
                };
                (again(problem, wait), outcome)
            }
            (Err(SendError::Permanent(problem)), _) => (Settled::Dead(problem), Outcome::Dealt),
            (Err(SendError::Unregistered(since)), _) => {
                // One that was registered anew after the carrier missed it is there again.
                gone = match &written {
                    Written::Push(phone, ..) if since.is_none_or(|since| phone.registered_at <= since) => {
                        Some(phone.id)
                    }
                    Written::Push(..) | Written::Text(..) | Written::Nothing(_) => None,
                };
                (Settled::Dropped("the phone is there no more"), Outcome::Dealt)
            }
        };
        match &settled {
            Settled::Again(_, problem) => {
                tracing::info!(delivery.id = %claimed.id, %carrier, problem, "a message was not taken; tried again later");
            }
            Settled::Dead(problem) => {
                tracing::warn!(delivery.id = %claimed.id, %carrier, problem, "a message did not arrive and is not tried again");
            }
            Settled::Sent | Settled::Dropped(_) => {}
        }
        let mut unit = self.store.begin().await?;
        if let Some(phone) = gone {
            unit.forget_phone(claimed.account, phone).await?;
        }
        unit.settle(claimed, &settled, now).await?;
        unit.commit().await?;
        Ok(outcome)
    }

    /// Sends what is due by a carrier, until the task is ended.
    pub async fn keep_sending(self: Arc<Self>, carrier: Carrier) {
        let mut circuit = Circuit::default();
        loop {
            match self.send_due(carrier, &mut circuit, clock::now()).await {
                // There may be more.
                Ok(AT_ONCE) => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, %carrier, "messages could not be seen to; tried again soon"),
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// What a message says of its carrier.
enum Outcome {
    Dealt,
    Failed,
    Asked(chrono::Duration),
    NotGiven,
}

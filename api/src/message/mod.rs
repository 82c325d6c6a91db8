//! What pakn sends to people: by e-mail through an SMTP server, by SMS through an HTTP gateway, to phones through Firebase and Apple. Codes go
//! into the log where there is no way; notices do not (`api/src/notify/`).
//!
//! To add a way: a variant of `Gateway`, or a carrier of `Gateways`, and its file beside `email.rs`.

mod apns;
mod email;
mod fcm;
mod push;
mod settings;
mod sms;
mod template;

use std::time::Duration;

use domain::{
    account::Login,
    id::DeliveryId,
    notice::Carrier,
    one_time::Purpose,
    time::Instant,
    wording::{Worded, Wording, Wordings, fill},
};
use secrecy::{ExposeSecret, SecretString};

use self::{apns::Apns, email::Smtp, fcm::Fcm, sms::HttpSms};
pub use self::{push::Push, settings::PushSettings};
use crate::{clock, settings::MessageSettings};

/// How often a message is tried.
const TRIES: u32 = 3;
/// How long after a failure it is tried again; twice as long after the second.
const PAUSE: Duration = Duration::from_secs(2);

/// What is said.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    subject: String,
    /// What it is about, for e-mail: with all its marks, and in English too.
    text: String,
    /// The operator's text of an SMS; none: as the setting says.
    sms: Option<String>,
    /// What the text of an SMS may name: `{code}` and `{minutes}`.
    code: String,
    minutes: u64,
    /// What it is known by, at each try: `Message-ID` of an e-mail, `{key}` of an SMS.
    key: String,
}

// A code opens an account: it stays out of logs, unless they are where it is sent to.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl Message {
    /// A one-time code, in the operator's words; an e-mail says it in both languages, the Vietnamese first.
    pub fn code(wordings: &Wordings, purpose: Purpose, code: &str, life: Duration) -> Self {
        let minutes = life.as_secs() / 60;
        let told = minutes.to_string();
        let values = [("code", code), ("minutes", told.as_str())];
        let (subject, text) = Wording::code(purpose);
        let Worded { vietnamese, english } = wordings.told(text);
        let text = match vietnamese == english {
            true => format!("{}\n", fill(&vietnamese, &values)),
            false => format!("{}\n\n{}\n", fill(&vietnamese, &values), fill(&english, &values)),
        };
        let sms = wordings.set(Wording::SmsCode).map(|text| fill(&text.vietnamese, &values));
        Self {
            subject: wordings.told(subject).vietnamese,
            text,
            sms,
            code: code.to_owned(),
            minutes,
            key: clock::secret(),
        }
    }

    /// A notice, in one language: what an SMS says is the whole text of it.
    pub fn notice(subject: String, text: String, key: DeliveryId) -> Self {
        let sms = Some(text.clone());
        Self { subject, text, sms, code: String::new(), minutes: 0, key: key.to_string() }
    }
}

/// Why a message was not sent. Nothing personal is in it.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nothing comes through at the moment: it may another time.
    #[error("{0}")]
    Temporary(String),
    /// This one may come through later, or all of them after so long.
    #[error("{problem}")]
    PutOff {
        /// Why.
        problem: String,
        /// How long the carrier asks to be left alone.
        wait: Option<chrono::Duration>,
        /// With all messages.
        all: bool,
    },
    /// The phone takes no messages any more, since then where that is known.
    #[error("the phone is there no more")]
    Unregistered(Option<Instant>),
    /// It will not.
    #[error("{0}")]
    Permanent(String),
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct GatewayError {
    /// Which setting.
    pub setting: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

/// A setting that says something: compose gives an empty one for what is not set.
fn given(setting: &Option<SecretString>) -> Option<&str> {
    setting.as_ref().map(ExposeSecret::expose_secret).filter(|text| !text.is_empty())
}

/// One way out.
#[derive(Debug)]
enum Gateway {
    Smtp(Box<Smtp>),
    Sms(Box<HttpSms>),
    /// Into the log, for trying pakn out: whoever reads the log can read the codes.
    Log,
}

impl Gateway {
    async fn send_once(&self, to: &str, message: &Message) -> Result<(), SendError> {
        match self {
            Self::Smtp(smtp) => smtp.send(to, message).await,
            Self::Sms(sms) => sms.send(to, message).await,
            Self::Log => {
                // Its own target, so that an operator can keep it out of a log.
                tracing::warn!(target: "messages", to, code = message.code, "no gateway is set up: the message is here");
                Ok(())
            }
        }
    }
}

/// All ways out.
#[derive(Debug)]
pub struct Gateways {
    email: Gateway,
    sms: Gateway,
    fcm: Option<Fcm>,
    apns: Option<Apns>,
    lease: Duration,
}

impl Gateways {
    /// As the settings say.
    ///
    /// # Errors
    /// [`GatewayError`], which names the setting.
    pub fn new(settings: &MessageSettings) -> Result<Self, GatewayError> {
        let email = Smtp::new(settings)?.map_or(Gateway::Log, |smtp| Gateway::Smtp(Box::new(smtp)));
        let sms = HttpSms::new(settings)?.map_or(Gateway::Log, |sms| Gateway::Sms(Box::new(sms)));
        let lease = Duration::from_secs(settings.push.message_lease_seconds.into());
        Ok(Self { email, sms, fcm: Fcm::new(&settings.push)?, apns: Apns::new(&settings.push)?, lease })
    }

    /// Whether a carrier is set up that can take notices. Without one they lie in the inbox alone: the log is for trying codes out.
    pub fn carries(&self, carrier: Carrier) -> bool {
        match carrier {
            Carrier::Fcm => self.fcm.is_some(),
            Carrier::Apns => self.apns.is_some(),
            Carrier::Email => matches!(self.email, Gateway::Smtp(_)),
            Carrier::Sms => matches!(&self.sms, Gateway::Sms(sms) if sms.takes_text()),
        }
    }

    /// For how long a server has a message to itself.
    pub fn lease(&self) -> Duration {
        self.lease
    }

    /// Gives a message to the carrier of an address, once.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn carry(&self, carrier: Carrier, to: &str, message: &Message) -> Result<(), SendError> {
        match carrier {
            Carrier::Email => self.email.send_once(to, message).await,
            Carrier::Sms => self.sms.send_once(to, message).await,
            Carrier::Fcm | Carrier::Apns => Err(SendError::Permanent("a phone has no address".to_owned())),
        }
    }

    /// Gives a message to the carrier of a phone, once.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn push(&self, carrier: Carrier, token: &str, message: &Push<'_>) -> Result<(), SendError> {
        match (carrier, &self.fcm, &self.apns) {
            (Carrier::Fcm, Some(fcm), _) => fcm.send(token, message).await,
            (Carrier::Apns, _, Some(apns)) => apns.send(token, message).await,
            (Carrier::Fcm | Carrier::Apns | Carrier::Email | Carrier::Sms, _, _) => {
                Err(SendError::Temporary("the carrier is not set up".to_owned()))
            }
        }
    }

    /// What goes into the log for want of a gateway: said when a server starts.
    pub fn missing(&self) -> Vec<&'static str> {
        let goes_to_log = |gateway: &Gateway| matches!(gateway, Gateway::Log);
        let each = [(&self.email, "e-mail (PAKN_SMTP_URL)"), (&self.sms, "SMS (PAKN_SMS_URL)")];
        each.into_iter().filter(|(gateway, _)| goes_to_log(gateway)).map(|(_, name)| name).collect()
    }

    /// Sends to whom a login names, by the way that reaches it; a login that is a name reaches nobody. A failure that may pass is tried again.
    ///
    /// # Errors
    /// [`SendError`], after the last try.
    pub async fn send(&self, to: &Login, message: &Message) -> Result<(), SendError> {
        let gateway = match to {
            Login::Email(_) => &self.email,
            Login::Phone(_) => &self.sms,
            Login::Name(_) => return Ok(()),
        };
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match gateway.send_once(to.as_str(), message).await {
                Err(SendError::Temporary(problem) | SendError::PutOff { problem, .. }) => {
                    tracing::info!(problem, "a message was not taken; tried again soon");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                sent => return sent,
            }
        }
        gateway.send_once(to.as_str(), message).await
    }
}

//! E-mail, through an SMTP server.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};

use super::{GatewayError, Message, SendError, given};
use crate::settings::MessageSettings;

/// How long the server may take for each step.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a server answers that is going away (RFC 5321, 4.2.3).
const CLOSING: u16 = 421;
/// What it answers to credentials that are missing or wrong (RFC 4954, 6).
const NOT_LET_IN: [u16; 4] = [530, 534, 535, 538];

/// An SMTP server, and whom messages come from.
#[derive(Debug)]
pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// As the settings say; `None` where they name no server.
    pub(super) fn new(settings: &MessageSettings) -> Result<Option<Self>, GatewayError> {
        let Some(url) = given(&settings.smtp_url) else { return Ok(None) };
        let from = settings.smtp_from.as_deref().unwrap_or_default().parse::<Mailbox>();
        let from = from.map_err(|_| GatewayError {
            setting: "PAKN_SMTP_FROM",
            problem: "must be an address, or a name and an address: PAKN Bắc Ninh <pakn@example.vn>".to_owned(),
        })?;
        // What lettre says has no password in it; the URL would.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|error| GatewayError { setting: "PAKN_SMTP_URL", problem: error.to_string() })?;
        Ok(Some(Self { transport: transport.timeout(Some(PATIENCE)).build(), from }))
    }

    pub(super) async fn send(&self, to: &str, message: &Message) -> Result<(), SendError> {
        let permanent = |error: &dyn std::fmt::Display| SendError::Permanent(error.to_string());
        // An address that SMTP does not take; which one is nobody's business here.
        let to: Mailbox = to.parse().map_err(|_| SendError::Permanent("not an address of SMTP".to_owned()))?;
        let email = lettre::Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(message.subject.as_str())
            .message_id(Some(format!("<{}@{}>", message.key, self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(message.text.clone())
            .map_err(|error| permanent(&error))?;
        match self.transport.send(email).await {
            Ok(_) => Ok(()),
            // The server's text may repeat the address: its code alone.
            // That pakn may not use it is no fault of the message.
            Err(error) if error.status().is_some_and(|code| NOT_LET_IN.contains(&u16::from(code))) => Err(
                SendError::Temporary(format!("the SMTP server lets nobody in: {:?}", error.status().map(u16::from))),
            ),
            Err(error) if error.is_permanent() => {
                Err(SendError::Permanent(format!("the SMTP server refused it: {:?}", error.status().map(u16::from))))
            }
            Err(error) if error.is_transient() => {
                let code = error.status().map(u16::from);
                let problem = format!("the SMTP server put it off: {code:?}");
                match code {
                    Some(CLOSING) => Err(SendError::Temporary(problem)),
                    Some(_) | None => Err(SendError::PutOff { problem, wait: None, all: false }),
                }
            }
            Err(error) => Err(SendError::Temporary(error.to_string())),
        }
    }
}

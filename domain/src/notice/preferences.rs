//! What a person wants to be told by which way, and when.

use chrono::{Duration, NaiveTime};
use serde::{Deserialize, Serialize};

use super::{NoticeKind, Tongue, Way};
use crate::{account::Role, time::Instant, vocabulary::vocabulary};

/// When the e-mail of a day is sent, hours of local time.
pub const DIGEST_AT: u32 = 7;

/// How long before its time nothing is put into the e-mail of a day any more: servers' clocks differ, and what was sent stays as it is.
const DIGEST_ENDS: i64 = 60;

/// The minutes of a day.
const DAY: u16 = 24 * 60;

vocabulary! {
    /// Whether e-mail comes one by one.
    Digest {
        /// One for each notice.
        Off = "off",
        /// One a day, with all that was not read by then.
        Daily = "daily",
    }
}

/// When nobody wants to be disturbed, minutes of the local day; over midnight where the end is before the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    from: u16,
    to: u16,
}

impl QuietHours {
    /// From one time of the day to another; `None` where they are the same, or none.
    pub fn new(from: &str, to: &str) -> Option<Self> {
        let minutes = |text: &str| {
            let (hours, minutes) = text.split_once(':')?;
            let is_number = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            let (hours, minutes) = (is_number(hours) && is_number(minutes)).then_some((hours, minutes))?;
            let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
            (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
        };
        let (from, to) = (minutes(from)?, minutes(to)?);
        (from != to).then_some(Self { from, to })
    }

    /// Both ends as people write them: `22:00`.
    pub fn ends(self) -> (String, String) {
        let written = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        (written(self.from), written(self.to))
    }

    /// When they are over, if an instant lies in them.
    pub fn over_at(self, now: Instant) -> Option<Instant> {
        let midnight = Instant::start_of_day(now.local_date());
        let minute = u16::try_from(now.since(midnight).num_minutes()).unwrap_or(0).min(DAY - 1);
        let lasts = (self.to + DAY - self.from) % DAY;
        let since = (minute + DAY - self.from) % DAY;
        let ends_at = |days: i64| midnight.plus(Duration::days(days) + Duration::minutes(i64::from(self.to)));
        (since < lasts).then(|| if minute < self.to { ends_at(0) } else { ends_at(1) })
    }
}

/// What goes one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayChoice {
    /// Whether anything does.
    pub on: bool,
    /// Of what; `None`: of what usually does.
    pub kinds: Option<Vec<NoticeKind>>,
}

/// What a person chose, or an agency for its people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// In which language they are told.
    pub language: Tongue,
    /// What comes to their phones.
    pub push: WayChoice,
    /// What comes by e-mail.
    pub email: WayChoice,
    /// What comes by SMS.
    pub sms: WayChoice,
    /// When nothing comes that can wait.
    pub quiet: Option<QuietHours>,
    /// Whether e-mail comes one by one.
    pub digest: Digest,
}

vocabulary! {
    /// Whose choice holds for somebody.
    ChosenBy {
        /// Their own.
        Person = "person",
        /// Their agency's.
        Agency = "agency",
        /// Nobody has chosen.
        Nobody = "nobody",
    }
}

/// When a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatch {
    /// By itself.
    At(Instant),
    /// With all others of a day.
    Digest(Instant),
}

impl Preferences {
    /// What holds for somebody: what they chose, else what their agency did for its people, else what is usual.
    pub fn that_hold(own: Option<Self>, of_agency: Option<Self>, role: Role) -> (Self, ChosenBy) {
        match (own, of_agency) {
            (Some(own), _) => (own, ChosenBy::Person),
            (None, Some(of_agency)) => (of_agency, ChosenBy::Agency),
            (None, None) => (Self::usual(role), ChosenBy::Nobody),
        }
    }

    /// What holds where nobody chose anything: everything on, but at night; a desk gets one e-mail a day, since much comes to it.
    pub fn usual(role: Role) -> Self {
        let on = || WayChoice { on: true, kinds: None };
        let digest = match role {
            Role::Citizen | Role::Steering | Role::Admin => Digest::Off,
            Role::Officer | Role::Leader | Role::Coordinator => Digest::Daily,
        };
        let quiet = Some(QuietHours { from: 22 * 60, to: 6 * 60 });
        Self { language: Tongue::Vietnamese, push: on(), email: on(), sms: on(), quiet, digest }
    }

    /// What goes that way.
    pub fn way(&self, way: Way) -> &WayChoice {
        match way {
            Way::Push => &self.push,
            Way::Email => &self.email,
            Way::Sms => &self.sms,
        }
    }

    /// When a notice that is made now goes that way; `None` where it does not.
    pub fn dispatch(&self, way: Way, kind: NoticeKind, now: Instant) -> Option<Dispatch> {
        let WayChoice { on, kinds } = self.way(way);
        let goes = match (kinds, way) {
            (Some(kinds), _) => kinds.contains(&kind),
            (None, Way::Sms) => kind.is_worth_an_sms(),
            (None, Way::Push | Way::Email) => true,
        };
        if !on || !goes {
            return None;
        }
        if kind.is_urgent() {
            return Some(Dispatch::At(now));
        }
        Some(match (way, self.digest) {
            (Way::Email, Digest::Daily) => Dispatch::Digest(self.next_digest(now)),
            (Way::Email, Digest::Off) | (Way::Push | Way::Sms, Digest::Off | Digest::Daily) => {
                Dispatch::At(self.after_quiet(now))
            }
        })
    }

    /// An instant, or the end of the quiet hours that it lies in.
    pub fn after_quiet(&self, instant: Instant) -> Instant {
        self.quiet.and_then(|quiet| quiet.over_at(instant)).unwrap_or(instant)
    }

    fn next_digest(&self, now: Instant) -> Instant {
        let last = now.plus(Duration::seconds(DIGEST_ENDS));
        let at = |days: i64| {
            let seven = NaiveTime::from_hms_opt(DIGEST_AT, 0, 0).unwrap_or_default();
            self.after_quiet(Instant::from_local(now.local_date(), seven).plus(Duration::days(days)))
        };
        // Quiet hours in the morning may have put off that of yesterday until today.
        [at(-1), at(0)].into_iter().find(|digest| *digest > last).unwrap_or_else(|| at(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(&format!("2026-11-{text}:00+07:00")).unwrap()
    }

    #[test]
    fn quiet_hours_end_in_the_morning_whenever_they_began() {
        let night = QuietHours::new("22:00", "06:00").unwrap();
        assert_eq!(night.over_at(at("26T21:59")), None);
        assert_eq!(night.over_at(at("26T22:00")), Some(at("27T06:00")));
        assert_eq!(night.over_at(at("27T00:00")), Some(at("27T06:00")));
        assert_eq!(night.over_at(at("27T05:59")), Some(at("27T06:00")));
        assert_eq!(night.over_at(at("27T06:00")), None);
        let noon = QuietHours::new("11:30", "13:30").unwrap();
        assert_eq!(noon.over_at(at("26T12:00")), Some(at("26T13:30")));
        assert_eq!(noon.over_at(at("26T23:00")), None);
        assert_eq!(noon.ends(), ("11:30".to_owned(), "13:30".to_owned()));
        for (from, to) in [
            ("6:00", "07:00"),
            ("24:00", "07:00"),
            ("06:60", "07:00"),
            ("06:00", "06:00"),
            ("", "06:00"),
            ("+6:00", "07:00"),
        ] {
            assert_eq!(QuietHours::new(from, to), None, "{from}–{to}");
        }
    }

    #[test]
    fn what_a_person_chose_comes_before_what_their_agency_did() {
        let usual = Preferences::usual(Role::Officer);
        let of_agency = Preferences { digest: Digest::Off, ..usual.clone() };
        let own = Preferences { language: Tongue::English, ..usual.clone() };
        let holds = |own: Option<&Preferences>, of_agency: Option<&Preferences>| {
            Preferences::that_hold(own.cloned(), of_agency.cloned(), Role::Officer)
        };
        assert_eq!(holds(Some(&own), Some(&of_agency)), (own.clone(), ChosenBy::Person));
        assert_eq!(holds(None, Some(&of_agency)), (of_agency, ChosenBy::Agency));
        assert_eq!(holds(None, None), (usual, ChosenBy::Nobody));
    }

    #[test]
    fn what_is_urgent_waits_for_nothing() {
        let usual = Preferences::usual(Role::Citizen);
        let night = at("26T23:00");
        assert_eq!(usual.dispatch(Way::Push, NoticeKind::Answered, night), Some(Dispatch::At(at("27T06:00"))));
        assert_eq!(usual.dispatch(Way::Push, NoticeKind::NewDevice, night), Some(Dispatch::At(night)));
        assert_eq!(usual.dispatch(Way::Sms, NoticeKind::Progressed, night), None);
        let quiet = Preferences { quiet: None, push: WayChoice { on: false, kinds: None }, ..usual };
        assert_eq!(quiet.dispatch(Way::Sms, NoticeKind::Answered, night), Some(Dispatch::At(night)));
        assert_eq!(quiet.dispatch(Way::Push, NoticeKind::NewDevice, night), None);
    }

    #[test]
    fn a_digest_comes_once_a_day_and_never_in_quiet_hours() {
        let usual = Preferences::usual(Role::Officer);
        let digest = |preferences: &Preferences, now| preferences.dispatch(Way::Email, NoticeKind::Arrived, now);
        assert_eq!(digest(&usual, at("26T06:30")), Some(Dispatch::Digest(at("26T07:00"))));
        assert_eq!(digest(&usual, at("26T06:59")), Some(Dispatch::Digest(at("27T07:00"))));
        assert_eq!(digest(&usual, at("26T15:00")), Some(Dispatch::Digest(at("27T07:00"))));
        assert_eq!(digest(&usual, at("26T23:30")), Some(Dispatch::Digest(at("27T07:00"))));
        let late = Preferences { quiet: QuietHours::new("20:00", "09:00"), ..usual.clone() };
        assert_eq!(digest(&late, at("26T08:00")), Some(Dispatch::Digest(at("26T09:00"))));
        let noon = Preferences { quiet: QuietHours::new("05:00", "04:00"), ..usual };
        assert_eq!(digest(&noon, at("26T03:00")), Some(Dispatch::Digest(at("26T04:00"))));
    }
}

//! Which desk is told of an event.

use super::{command::Escalation, event::EventData};
use crate::code::AgencyCode;

/// Whether a desk is told of an event, by a stream or by a webhook: the petition came to it or was there when it happened, or the event moved
/// it away from there, by whomever; the coordinator also of what rose to it. `at` had the petition once it had happened, `left` had it until
/// then, where it was moved. What happens later at another desk changes nothing of that, however late the event is read.
pub fn hears(desk: &AgencyCode, data: &EventData, at: &AgencyCode, left: Option<&AgencyCode>) -> bool {
    let rose = matches!(data, EventData::Escalated { to: Escalation::Coordinator });
    at == desk || left == Some(desk) || rose && *desk == AgencyCode::coordinator()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_hears_of_what_it_has_what_leaves_it_and_what_rises_to_it() {
        let [one, other, third] = ["ubnd-256", "ubnd-09163", "ubnd-09166"].map(|code| AgencyCode::parse(code).unwrap());
        let received = EventData::Received {};
        assert!(hears(&one, &received, &one, None));
        assert!(!hears(&other, &received, &one, None));
        assert!(hears(&one, &received, &other, Some(&one)) && hears(&other, &received, &other, Some(&one)));
        assert!(!hears(&third, &received, &other, Some(&one)));
        let coordinator = AgencyCode::coordinator();
        assert!(hears(&coordinator, &EventData::Escalated { to: Escalation::Coordinator }, &one, None));
        assert!(!hears(&coordinator, &EventData::Escalated { to: Escalation::Leader }, &one, None));
        assert!(!hears(&coordinator, &received, &one, None));
    }
}

//! What may be under way at once. Beyond that a request is told to come again at once, instead of waiting with all others until nobody is served in time;
//! and petitions and answers are let in for longer than what can wait.

use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
};

use crate::{
    auth::app_of,
    ops::{Fullness, Tally},
    problem::Problem,
};

/// How much it matters that a request is served now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rank {
    /// Whoever asks how the server fares is always answered.
    Watch,
    /// Sending a petition and answering one, and what one signs in by.
    First,
    /// What somebody reads to do their work.
    Usual,
    /// Feeds, pages and figures: whoever reads them reads them later.
    Last,
    /// Files, which come as slowly as a phone's network lets them: they have room of their own.
    File,
}

impl Rank {
    fn of(method: &Method, path: &str) -> Self {
        let reads = *method == Method::GET || *method == Method::HEAD;
        let Some(path) = path.strip_prefix("/api/v1/") else {
            return match path {
                "/metrics" => Self::Watch,
                _ if path.starts_with("/health/") => Self::Watch,
                _ if path.starts_with("/open311/") && !reads => Self::First,
                _ => Self::Last,
            };
        };
        let first = path.split('/').next().unwrap_or_default();
        match (first, reads) {
            ("uploads" | "files", _) => Self::File,
            ("petitions" | "auth" | "exchange" | "intake", false) => Self::First,
            ("public" | "rates" | "targets" | "seals" | "signs" | "export" | "units", true) => Self::Last,
            _ if path == "agency/events" || path == "me/export" => Self::Last,
            _ => Self::Usual,
        }
    }
}

/// How many requests are under way in this server.
#[derive(Debug)]
pub struct Admission {
    most: usize,
    under_way: AtomicUsize,
    files: AtomicUsize,
    tally: Tally,
    tally_of_files: Tally,
}

/// A request that was let in, until it is answered.
struct Admitted<'a>(Option<&'a AtomicUsize>);

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.0 {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Admission {
    /// So many at once, and as many files beside them.
    pub fn of(most: usize) -> Self {
        Self {
            most: most.max(1),
            under_way: AtomicUsize::new(0),
            files: AtomicUsize::new(0),
            tally: Tally::default(),
            tally_of_files: Tally::default(),
        }
    }

    /// How full the server is, and of files.
    pub fn fullness(&self) -> [Fullness; 2] {
        let of =
            |bound, count: &AtomicUsize, tally| Fullness::new(bound, self.most, count.load(Ordering::Relaxed), tally);
        [of("requests", &self.under_way, &self.tally), of("requests_with_files", &self.files, &self.tally_of_files)]
    }

    fn admit(&self, rank: Rank) -> Result<Admitted<'_>, Problem> {
        let (count, room, tally) = match rank {
            Rank::Watch => return Ok(Admitted(None)),
            Rank::First => (&self.under_way, self.most, &self.tally),
            // What is left is for those that come first.
            Rank::Usual => (&self.under_way, self.most - self.most / 4, &self.tally),
            Rank::Last => (&self.under_way, self.most.div_ceil(2), &self.tally),
            Rank::File => (&self.files, self.most, &self.tally_of_files),
        };
        // Counted before it is looked at: of two that come at the same moment at the most one is let in too many.
        let admitted = Admitted(Some(count));
        if count.fetch_add(1, Ordering::Relaxed) < room { Ok(admitted) } else { Err(tally.refuse()) }
    }
}

/// Lets a request in, or tells it to come again.
pub(super) async fn admission(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let app = app_of(request.request())?.clone();
    let _admitted = app.admission.admit(Rank::of(request.method(), request.path()))?;
    next.call(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_first_is_let_in_for_longest() {
        let admission = Admission::of(8);
        let mut inside = Vec::new();
        let mut fill = |rank| {
            let before = inside.len();
            while let Ok(admitted) = admission.admit(rank) {
                inside.push(admitted);
            }
            inside.len() - before
        };
        assert_eq!((fill(Rank::Last), fill(Rank::Usual), fill(Rank::First), fill(Rank::File)), (4, 2, 2, 8));
        assert!(admission.admit(Rank::Watch).is_ok());
        let refused = admission.fullness().map(|full| (full.bound, full.taken, full.refused));
        assert_eq!(refused, [("requests", 8, 3), ("requests_with_files", 8, 1)]);
        inside.clear();
        assert_eq!((admission.under_way.load(Ordering::Relaxed), admission.files.load(Ordering::Relaxed)), (0, 0));
        assert!(Admission::of(1).admit(Rank::Last).is_ok(), "a server that takes one at once takes any");
    }

    #[test]
    fn every_request_has_its_rank() {
        for (method, path, rank) in [
            (Method::GET, "/health/ready", Rank::Watch),
            (Method::GET, "/metrics", Rank::Watch),
            (Method::POST, "/api/v1/petitions", Rank::First),
            (Method::POST, "/api/v1/petitions/PAKN.20261126.000001/answer", Rank::First),
            (Method::POST, "/api/v1/auth/login", Rank::First),
            (Method::POST, "/open311/v2/requests.json", Rank::First),
            (Method::GET, "/api/v1/petitions/PAKN.20261126.000001", Rank::Usual),
            (Method::GET, "/api/v1/agency/petitions", Rank::Usual),
            (Method::PUT, "/api/v1/me/notifications", Rank::Usual),
            (Method::GET, "/api/v1/public/petitions", Rank::Last),
            (Method::GET, "/api/v1/rates", Rank::Last),
            (Method::GET, "/open311/v2/requests.xml", Rank::Last),
            (Method::GET, "/dashboard", Rank::Last),
            (Method::PATCH, "/api/v1/uploads/tus/1", Rank::File),
            (Method::GET, "/api/v1/files/1/small", Rank::File),
        ] {
            assert_eq!(Rank::of(&method, path), rank, "{method} {path}");
        }
    }
}

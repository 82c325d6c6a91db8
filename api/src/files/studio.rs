//! Where pictures are worked on: on blocking threads, within a bound of memory and with a core left free.

use std::{num::NonZeroUsize, sync::Arc, thread, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    ops::{Fullness, Tally},
    problem::{Code, Problem},
};

/// How long a picture waits for its turn before its sender is told that the server is busy. A phone sends it again.
const PATIENCE: Duration = Duration::from_secs(60);

/// The turns to work on pictures.
#[derive(Debug)]
pub struct Studio {
    /// One permit is a megabyte.
    memory: Arc<Semaphore>,
    megabytes: u32,
    /// Petitions must get in while photos are worked on.
    cores: Arc<Semaphore>,
    at_once: usize,
    tally: Tally,
}

impl Studio {
    /// With so many megabytes for all pictures that are worked on at the same time.
    pub fn new(megabytes: u32) -> Self {
        let megabytes = megabytes.max(1);
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let at_once = cores.saturating_sub(1).max(1);
        let room = usize::try_from(megabytes).unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        Self {
            memory: Arc::new(Semaphore::new(room)),
            megabytes,
            cores: Arc::new(Semaphore::new(at_once)),
            at_once,
            tally: Tally::default(),
        }
    }

    /// How many pictures are worked on, and wait for it.
    pub fn fullness(&self) -> Fullness {
        Fullness::of("pictures", self.at_once, &self.cores, &self.tally)
    }

    /// Does a piece of work that takes so many bytes, when there is room for it; one that takes more than there is at all, alone.
    ///
    /// # Errors
    /// [`Code::Busy`] when too many are waiting; [`Code::DamagedFile`] where the work panics: what decoders trip over is the file.
    pub async fn works<T: Send + 'static>(
        &self,
        bytes: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let megabytes = u32::try_from(bytes / (1024 * 1024) + 1).unwrap_or(u32::MAX).min(self.megabytes);
        let waiting = async {
            let room = Arc::clone(&self.memory).acquire_many_owned(megabytes).await?;
            Ok::<_, tokio::sync::AcquireError>((room, Arc::clone(&self.cores).acquire_owned().await?))
        };
        let counted = self.tally.wait();
        let permits: (OwnedSemaphorePermit, OwnedSemaphorePermit) = tokio::time::timeout(PATIENCE, waiting)
            .await
            .map_err(|_| self.tally.refuse())?
            .map_err(Problem::internal)?;
        drop(counted);
        let worked = tokio::task::spawn_blocking(move || {
            let _turn = permits;
            work()
        });
        worked.await.map_err(|panic| Problem::new(Code::DamagedFile).caused_by(panic))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_takes_more_than_half_of_the_room_is_done_one_at_a_time_and_a_panic_is_the_files() {
        let studio = Arc::new(Studio::new(10));
        let (at_once, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let work = |bytes| {
            let (studio, at_once, most) = (Arc::clone(&studio), Arc::clone(&at_once), Arc::clone(&most));
            tokio::spawn(async move {
                let worked = studio.works(bytes, move || {
                    most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(5));
                    at_once.fetch_sub(1, Ordering::SeqCst);
                });
                worked.await.unwrap();
            })
        };
        for task in [6, 7, 8, 9, 10, 4_000].map(|megabytes| work(megabytes * 1024 * 1024)) {
            task.await.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 1);
        let problem = studio.works(1, || panic!("a decoder")).await.map(|(): ()| ()).unwrap_err();
        assert_eq!(problem.code, Code::DamagedFile);
        studio.works(10 * 1024 * 1024, || ()).await.unwrap();
    }
}

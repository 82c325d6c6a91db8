//! A network that breaks: connections to a server end at a random byte, on the way there or on the way back.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How many connections in ten end before their time.
const BROKEN_IN_TEN: u32 = 6;

/// The network, which ends with this.
#[derive(Debug)]
pub struct BrokenNetwork {
    /// Where clients connect to.
    pub address: SocketAddr,
    broken: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl BrokenNetwork {
    /// One before a server; it breaks the same way for the same seed and the same connections.
    pub async fn before(server: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let broken = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&broken);
        let accepting = tokio::spawn(async move {
            let mut chance = ChaCha8Rng::seed_from_u64(seed);
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let whole = chance.random_range(0..10) >= BROKEN_IN_TEN;
                // Some before the head of the first request is through, most in the middle of a photo.
                let most = if chance.random_bool(0.4) { 2_000 } else { 200_000 };
                let (there, back) = (chance.random_range(0..most), chance.random_range(0..2_000));
                let (there, back) = match (whole, chance.random_bool(0.5)) {
                    (true, _) => (usize::MAX, usize::MAX),
                    (false, true) => (there, usize::MAX),
                    // The server has it, and the client never hears of it.
                    (false, false) => (usize::MAX, back),
                };
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect(server).await {
                        carry(client, server, there, back, &counted).await;
                    }
                });
            }
        });
        Self { address, broken, accepting }
    }

    /// How many connections it broke.
    pub fn broken(&self) -> usize {
        self.broken.load(Ordering::Relaxed)
    }
}

impl Drop for BrokenNetwork {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, there: usize, back: usize, broken: &AtomicUsize) {
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    // Whichever ends first ends both.
    let is_broken = tokio::select! {
        is_broken = pass(from_client, to_server, there) => is_broken,
        is_broken = pass(from_server, to_client, back) => is_broken,
    };
    broken.fetch_add(usize::from(is_broken), Ordering::Relaxed);
}

/// Passes so many bytes on; whether it ended because there were more.
async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut left: usize) -> bool {
    let mut piece = vec![0; 16 * 1024];
    loop {
        let Ok(read @ 1..) = from.read(&mut piece).await else { return false };
        let passed = read.min(left);
        if to.write_all(&piece[..passed]).await.is_err() {
            return false;
        }
        left -= passed;
        if passed < read {
            return true;
        }
    }
}

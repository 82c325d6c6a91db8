//! An HTTP server of somebody else, on a thread and a port of its own, for as long as it is held.

use std::{net::SocketAddr, sync::mpsc::channel, thread};

use actix_web::{App, HttpServer, dev::ServerHandle, rt::System, web::ServiceConfig};

/// The server.
pub struct Neighbour {
    /// Where it listens.
    pub address: SocketAddr,
    handle: ServerHandle,
}

impl Neighbour {
    /// Starts one that answers as it is configured.
    pub fn answering(configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().configure(configure.clone()));
                let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                sender.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = receiver.recv().unwrap();
        Self { address, handle }
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

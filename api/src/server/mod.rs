//! The server: routes, what wraps them, and its start.

mod admission;
mod conditional;
mod envelope;
mod head;
mod nothing;
mod routes;
mod span;

use std::{
    io,
    net::SocketAddr,
    num::NonZeroUsize,
    sync::{Arc, LazyLock},
    thread,
    time::Duration,
};

use actix_web::{App as ActixApp, HttpResponse, HttpServer, dev::Server, middleware, web};
use tracing_actix_web::TracingLogger;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

pub(crate) use self::{admission::Admission, conditional::answers_not_modified};
use crate::{app::App, contract, dashboard, files, limits, route::Routes, settings::ServeSettings};

/// How long a client may take to send its request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an idle connection is kept: a little longer than a proxy's, so that the proxy closes first.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// The contract, as the code says it.
pub fn contract() -> OpenApi {
    let mut document = ActixApp::new()
        .into_utoipa_app()
        .openapi(contract::document())
        .configure(routes::configure)
        .split_for_parts()
        .1;
    contract::complete(&mut document);
    document
}

/// What a server needs of the contract: how it is sent, and its paths. Made once, since it takes longer than all else that a server does when it starts;
/// the document itself, which is large, is let go.
fn of_contract() -> &'static (web::Bytes, web::Data<Routes>) {
    static MADE: LazyLock<(web::Bytes, web::Data<Routes>)> = LazyLock::new(|| {
        let document = contract();
        (document.to_json().unwrap_or_default().into(), web::Data::new(Routes::of(&document)))
    });
    &MADE
}

/// Binds the socket; the server runs when it is awaited, until `stop` says so, and then ends what is under way.
///
/// # Errors
/// When the address cannot be bound.
pub fn bind(
    app: Arc<App>,
    settings: &ServeSettings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<(SocketAddr, Server)> {
    let timeouts = envelope::Timeouts {
        usual: Duration::from_secs(settings.request_timeout),
        upload: Duration::from_secs(settings.files.upload_timeout),
    };
    let cookie_secure = settings.cookie_secure;
    let data = web::Data::from(app);
    let (json, table) = of_contract();
    let mut server = HttpServer::new(move || {
        let (routes, _) = ActixApp::new()
            .into_utoipa_app()
            .openapi(contract::document())
            .configure(routes::configure)
            .split_for_parts();
        let json = json.clone();
        routes
            .app_data(data.clone())
            .app_data(web::Data::new(timeouts))
            .app_data(web::Data::new(cookie_secure))
            .app_data(table.clone())
            .route(
                "/openapi.json",
                web::get().to(move || {
                    std::future::ready(HttpResponse::Ok().content_type("application/json").body(json.clone()))
                }),
            )
            .service(
                SwaggerUi::new("/docs/{_:.*}")
                    // Otherwise the page has swagger.io look at the document, and tells it where that is.
                    .config(Config::new(["/openapi.json"]).validator_url("none")),
            )
            .service(web::redirect("/docs", "/docs/"))
            .configure(dashboard::configure)
            .default_service(web::to(nothing::nothing))
            .wrap(middleware::from_fn(conditional::conditional))
            .wrap(middleware::from_fn(limits::limit))
            .wrap(middleware::from_fn(head::head))
            .wrap(middleware::from_fn(files::tus_method))
            .wrap(middleware::from_fn(envelope::time_limit))
            .wrap(middleware::from_fn(admission::admission))
            .wrap(middleware::from_fn(envelope::problems))
            .wrap(middleware::Compress::default())
            .wrap(TracingLogger::<span::RequestSpan>::new())
    })
    .client_request_timeout(HEAD_TIMEOUT)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(settings.shutdown_timeout)
    .shutdown_signal(stop);
    let workers =
        settings.workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZeroUsize::get)).max(1);
    // Each worker counts its own.
    server = server.workers(workers).max_connections(settings.max_connections.div_ceil(workers).max(1));
    let server = server.bind(settings.listen)?;
    let address = server.addrs().first().copied().unwrap_or(settings.listen);
    Ok((address, server.run()))
}

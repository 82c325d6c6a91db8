//! `pakn serve`.

use std::{process::ExitCode, sync::Arc};

use domain::{
    account::{Login, Role},
    notice::Carrier,
    text::FullName,
};
use persistence::{Engine, Store};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    admin::{NewStaff, add_staff},
    app::App,
    auth::Passwords,
    problem::Code,
    server,
    settings::{ServeSettings, Settings},
};

pub(super) async fn run(settings: &Settings, serve: &ServeSettings) -> anyhow::Result<ExitCode> {
    let mut store = super::prepare(settings).await?;
    let replica = serve.replica.options(settings.database_connections.max(1));
    if let Some(replica) = &replica {
        store = store.reading_from(replica)?;
    }
    let app = Arc::new(App::open(store.clone(), &settings.data_dir, serve).await?);
    let (stop, live) = (told_to_stop()?, Arc::clone(&app));
    let stop = async move {
        stop.await;
        // The server waits for requests under way, and a stream would never end by itself.
        live.live.stop();
    };
    let (address, server) = server::bind(Arc::clone(&app), serve, stop)
        .map_err(|error| anyhow::anyhow!("cannot listen on {}: {error}", serve.listen))?;
    say!("pakn {} listens on http://{address}", env!("CARGO_PKG_VERSION"))?;
    say!("  data          {}", settings.data_dir.display())?;
    say!(
        "  database      {}",
        match store.engine() {
            Engine::Sqlite => "SQLite, embedded",
            Engine::Postgres => "PostgreSQL",
        }
    )?;
    if replica.is_some() {
        let lag = serve.replica.database_read_lag;
        say!("  read replica  for what everybody reads, while it lags by {lag} s at most")?;
    }
    say!("  files         {}", app.files.store.place())?;
    let missing = app.gateways.missing();
    if !missing.is_empty() {
        say!(
            "  NOTE          there is no way to send {}: codes go into this log, where whoever reads it can use them",
            missing.join(" and ")
        )?;
    }
    if !serve.limits.limits.is_on() {
        say!("  NOTE          limits are off (PAKN_LIMITS)")?;
    }
    say!("  documentation http://{address}/docs/")?;
    first_administrator(&store, &app.passwords).await?;
    let tasks = [
        tokio::spawn(Arc::clone(&app).keep_catalogue_fresh()),
        tokio::spawn(Arc::clone(&app).keep_petitions_moving()),
        tokio::spawn(store.clone().watch_replica()),
        tokio::spawn(Arc::clone(&app).keep_rates_folded()),
        tokio::spawn(Arc::clone(&app).keep_learning()),
        tokio::spawn(Arc::clone(&app).keep_people_told()),
        tokio::spawn(Arc::clone(&app).keep_gathering_for_webhooks()),
        tokio::spawn(Arc::clone(&app).keep_webhooks_told()),
        tokio::spawn(Arc::clone(&app).keep_days_sealed()),
        tokio::spawn(Arc::clone(&app).keep_files_swept()),
        tokio::spawn(Arc::clone(&app).keep_watch_on_the_clock()),
        tokio::spawn(Arc::clone(&app).keep_tokens_revoked()),
        tokio::spawn(Arc::clone(&app).keep_tries_swept()),
        tokio::spawn(Arc::clone(&app).keep_keys_fresh()),
        tokio::spawn(Arc::clone(&app).keep_looks_written()),
        tokio::spawn(Arc::clone(&app).keep_promises()),
        tokio::spawn(Arc::clone(&app.live).tell(store.clone())),
    ];
    let sending = Carrier::ALL.iter().map(|carrier| tokio::spawn(Arc::clone(&app).keep_sending(*carrier)));
    let tasks: Vec<_> = tasks.into_iter().chain(sending).collect();
    server.await?;
    for task in tasks {
        task.abort();
        // What it is in the middle of ends before the store is closed.
        let _ended = task.await.is_ok();
    }
    if let Err(error) = app.privacy.looks.write_down(&store).await {
        tracing::error!(%error, "who was shown what in the last second could not be written down");
    }
    if let Err(error) = app.api_keys.write_down_use(&store).await {
        tracing::warn!(%error, "when keys were last used could not be written down");
    }
    store.close().await?;
    say!("stopped")?;
    Ok(ExitCode::SUCCESS)
}

/// When somebody tells the process to stop. It is listened for from the call on, so that what comes in the server's first moment is heard.
fn told_to_stop() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Makes an administrator where there is none, and prints the password this once.
async fn first_administrator(store: &Store, passwords: &Passwords) -> anyhow::Result<()> {
    if store.has_role(Role::Admin).await? {
        return Ok(());
    }
    let new = NewStaff {
        login: Login::name("admin")?,
        full_name: FullName::parse("Quản trị hệ thống")?,
        role: Role::Admin,
        agency: None,
        password: None,
    };
    match add_staff(store, passwords, None, new).await {
        Ok((_, Some(password))) => {
            say!("  administrator admin, password {password} (shown this once; to be changed at the first sign-in)")?;
        }
        Ok((_, None)) => {}
        // Another server that starts at the same time was faster.
        Err(problem) if problem.code == Code::LoginTaken => {}
        Err(problem) => anyhow::bail!("the first administrator could not be made: {problem}"),
    }
    Ok(())
}

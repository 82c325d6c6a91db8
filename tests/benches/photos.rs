//! How many photos a second a server takes, and how much memory it needs for that: the program itself, as a process, on SQLite and a local
//! folder, with photos of a phone's size sent over many connections. As a Markdown table.
//!
//! `cargo bench -p tests --bench photos`, with these variables: `PHOTOS` (1000), `PHOTOS_CONNECTIONS` (16), `PHOTOS_MB` of each (3).

#[expect(dead_code, reason = "it runs on one engine: what photos cost is not the database")]
#[path = "rates/measure.rs"]
mod measure;

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant as Clock},
};

use image::{Rgb, RgbImage};
use measure::{percentile, variable};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::json;
use tests::{
    Visitor,
    files::{form, form_type},
    program::started,
};

/// A photo of 12 megapixels with as much noise as it takes to have that many bytes.
fn photo(megabytes: f64) -> Vec<u8> {
    let mut chance = ChaCha8Rng::seed_from_u64(1);
    let grain: Vec<i32> = (0..65_521).map(|_| chance.random_range(-128..=127)).collect();
    let noise = |strength: i32| {
        let mut next = grain.iter().cycle();
        let picture = RgbImage::from_fn(4_032, 3_024, |x, y| {
            let at = |value: u32| {
                let value = i32::try_from(value).unwrap() + next.next().unwrap() * strength / 128;
                u8::try_from(value.clamp(0, 255)).unwrap()
            };
            let (x, y) = (x * 255 / 4_032, y * 255 / 3_024);
            let pixels = [x, y, (x + y) / 2].map(at);
            Rgb(pixels)
        });
        tests::files::encoded(&picture.into(), image::ImageFormat::Jpeg)
    };
    let wanted = megabytes * 1024.0 * 1024.0;
    (0..64).step_by(4).map(noise).find(|content| content.len() as f64 >= wanted).expect("noise enough")
}

/// What the system says of a process: megabytes resident now, and at the most so far.
fn resident(process: u32) -> Option<(u64, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let number = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    Some((number("VmRSS:")? / 1024, number("VmHWM:")? / 1024))
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let number = |name: &str, otherwise: &str| variable(name, otherwise).parse::<usize>().expect("a number");
    let (photos, connections) = (number("PHOTOS", "1000"), number("PHOTOS_CONNECTIONS", "16"));
    let content = photo(variable("PHOTOS_MB", "3").parse().expect("PHOTOS_MB is a number"));
    let size = content.len();
    let body: &'static [u8] = form(&[("file", "anh.jpg", &content)]).leak();
    let folder = tempfile::tempdir().unwrap();
    let program = std::env::var("PAKN").unwrap_or_else(|_| "target/release/pakn".to_owned());
    let program = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(program);
    let mut command = Command::new(&program);
    // A citizen sends no thousand photos to no petition; this one does.
    command
        .arg("serve")
        .env("PAKN_DATA_DIR", folder.path())
        .env("PAKN_LOG", "warn")
        .env("PAKN_UPLOADS_WAITING_MAX", "1000000");
    let serving = started(command);
    let process = serving.id();
    let citizen = Visitor::citizen(serving.address, 1).await;
    let (before, _) = resident(process).expect("/proc");

    let (next, slow, done) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    // Whether other requests get in meanwhile: one that asks nothing of the database.
    let beside = tokio::spawn({
        let (visitor, slow, done) = (Visitor::at(serving.address), Arc::clone(&slow), Arc::clone(&done));
        async move {
            while !done.load(Ordering::Relaxed) {
                let began = Clock::now();
                visitor.get("/health/live").await.expect(200);
                slow.fetch_max(u64::try_from(began.elapsed().as_millis()).unwrap(), Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    });
    let began = Clock::now();
    let senders: Vec<_> = (0..connections)
        .map(|_| {
            let (visitor, next, body) = (citizen.moved(serving.address), Arc::clone(&next), body);
            tokio::spawn(async move {
                let mut times = Vec::new();
                while next.fetch_add(1, Ordering::Relaxed) < photos {
                    let began = Clock::now();
                    let request = visitor.request(Method::POST, "uploads").header("content-type", form_type());
                    let reply = tests::Reply::read(request.body(body).send().await.unwrap()).await;
                    assert_eq!(reply.expect(201)["media_type"], json!("image/jpeg"));
                    times.push(began.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for sender in senders {
        times.extend(sender.await.unwrap());
    }
    let took = began.elapsed();
    done.store(true, Ordering::Relaxed);
    beside.await.unwrap();
    let (after, most) = resident(process).expect("/proc");
    times.sort();
    println!(
        "| photos | MB each | connections | photos/s | p50 ms | p99 ms | memory before, MiB | at the most | after | another request at the most, ms |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    println!(
        "| {photos} | {:.1} | {connections} | {:.2} | {:.0} | {:.0} | {before} | {most} | {after} | {} |",
        size as f64 / 1024.0 / 1024.0,
        photos as f64 / took.as_secs_f64(),
        percentile(&times, 50),
        percentile(&times, 99),
        slow.load(Ordering::Relaxed),
    );
    assert!(most < 400, "more than 400 MiB of memory: {most}");
}

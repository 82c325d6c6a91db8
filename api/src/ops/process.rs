//! What the system says of the process, under the names that every Prometheus client has for it.

use std::path::Path;

use prometheus_client::registry::Registry;

use super::report::gauge;

/// Adds what is known; where the system does not say (it is not Linux, /proc is not mounted) nothing.
pub(super) fn add(registry: &mut Registry, started_at: f64, data_dir: &Path) {
    gauge(registry, "process_start_time_seconds", "When the process started, in seconds since 1970", started_at);
    if let Ok(system) = rustix::fs::statvfs(data_dir) {
        let free = system.f_bavail.saturating_mul(system.f_frsize);
        gauge(registry, "pakn_data_free_bytes", "Room that is left where the data folder is", free);
    }
    #[cfg(target_os = "linux")]
    if linux(registry).is_err() {
        tracing::debug!("the system says nothing of this process");
    }
}

#[cfg(target_os = "linux")]
fn linux(registry: &mut Registry) -> procfs::ProcResult<()> {
    use prometheus_client::metrics::counter::ConstCounter;

    let myself = procfs::process::Process::myself()?;
    let (stat, status) = (myself.stat()?, myself.status()?);
    // Whole clock ticks of a process; a double counts them exactly for longer than any runs.
    let ticks = f64::from(u32::try_from(stat.utime + stat.stime).unwrap_or(u32::MAX));
    let per_second = f64::from(u32::try_from(procfs::ticks_per_second()).unwrap_or(100));
    registry.register("process_cpu_seconds", "Processor time used", ConstCounter::new(ticks / per_second));
    let bytes = |kib: Option<u64>| kib.unwrap_or(0) * 1024;
    gauge(registry, "process_resident_memory_bytes", "Memory that is resident", bytes(status.vmrss));
    gauge(registry, "process_virtual_memory_bytes", "Memory that is mapped", bytes(status.vmsize));
    gauge(registry, "process_threads", "Threads", status.threads);
    gauge(registry, "process_open_fds", "Open file descriptors", u64::try_from(myself.fd_count()?).unwrap_or(u64::MAX));
    if let procfs::process::LimitValue::Value(most) = myself.limits()?.max_open_files.soft_limit {
        gauge(registry, "process_max_fds", "The most file descriptors there may be", most);
    }
    Ok(())
}

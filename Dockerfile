# The image of `pakn`: `docker build -t pakn .`
FROM rust:1.95-bookworm AS build
WORKDIR /src

# The dependencies by themselves: this layer lasts until a manifest or the lock changes. The empty sources are one per target that
# a manifest names; `tests` is not built, but the lock is of the whole workspace.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY domain/Cargo.toml domain/
COPY persistence/Cargo.toml persistence/
COPY api/Cargo.toml api/
COPY tests/Cargo.toml tests/
RUN mkdir -p domain/src persistence/src api/src/bin tests/src tests/e2e \
    && touch domain/src/lib.rs persistence/src/lib.rs api/src/lib.rs tests/src/lib.rs \
    && echo 'fn main() {}' | tee api/src/bin/pakn.rs > tests/e2e/main.rs \
    && cargo build --release --locked -p api --bin pakn

# `touch`, because cargo goes by time of change, and the checkout may be older than the layer above.
COPY . .
RUN find domain persistence api -type f -exec touch {} + \
    && cargo build --release --locked -p api --bin pakn

# The program links to glibc and nothing else (`ldd`): SQLite, TLS and compression are compiled in.
FROM debian:bookworm-slim AS serve
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin pakn \
    && install -d -o pakn -g pakn -m 0750 /data
COPY --from=build /src/target/release/pakn /usr/local/bin/pakn

# The last one: what is freed goes back to the system at once.
ENV PAKN_LISTEN=0.0.0.0:8080 \
    PAKN_DATA_DIR=/data \
    MIMALLOC_PURGE_DELAY=0
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080

# bash is in every Debian image and opens sockets itself, so this needs neither curl nor a command of ours. It asks for `ready`,
# not `live`: whoever waits for "healthy" (compose does) wants to send requests. Docker itself restarts nothing on "unhealthy".
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]

ENTRYPOINT ["pakn"]

# The same with PostgreSQL's client programs, for `pakn backup` and `pakn restore`: `docker build --target backup -t pakn-backup .`
FROM serve AS backup
USER 0
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o pakn -g pakn -m 0700 /backup
USER 10001:10001

# What is built where no target is named.
FROM serve

# schema-check, static, in an image with nothing else in it. The certificates that servers are known by are in the binary.
#
#   docker build -t schema-check .
#   docker run --rm -v "$PWD:/work" -e DATABASE_URL schema-check check --db env:DATABASE_URL

FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /source
COPY . .
# A release puts what it has built in place of this stage, in just these folders.
ARG TARGETARCH=amd64
RUN target="$(uname -m)-unknown-linux-musl" \
    && scripts/release build "$target" \
    && install -D "target/$target/release/schema-check" "/$TARGETARCH/schema-check"

FROM scratch
ARG TARGETARCH=amd64
COPY --from=build /$TARGETARCH/schema-check /schema-check
# Nobody, who can read what is mounted there for all to read.
USER 65534:65534
WORKDIR /work
ENTRYPOINT ["/schema-check"]

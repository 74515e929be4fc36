# The gateway as a small image. The demo runs in it, too: `docker run -p 4000:4000 vestibule demo --listen 0.0.0.0`.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc g++ make cmake procps && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN rustup component add llvm-tools && ./dist

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 vestibule
COPY --from=build /src/target/dist/vestibule /usr/local/bin/vestibule
USER 10001
EXPOSE 4000
ENTRYPOINT ["vestibule"]
CMD ["serve", "--config", "/etc/vestibule/vestibule.yaml"]

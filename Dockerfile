# An image with nothing but Reeve's static executables. Copy them into another image:
#
#     COPY --from=reeve / /usr/local/bin/
#     ENTRYPOINT ["init", "-c", "/etc/supervisord.conf"]
FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends make musl-tools libcap-dev libexpat1-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /reeve
COPY Package.swift Makefile ./
COPY scripts scripts
COPY Sources Sources
COPY Tests Tests
# What the executables say about their sources (scripts/commit): this build has no history.
ARG REEVE_COMMIT
RUN make release gateway && mkdir /image && cp -a dist/init dist/ctl dist/gateway dist/supervisord dist/supervisorctl dist/echo_supervisord_conf dist/pidproxy /image/

FROM scratch
COPY --from=build /image/ /
ENTRYPOINT ["/init"]

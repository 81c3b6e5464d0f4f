# The exporter alone, in a virtual environment, as a user without rights. Nothing is written at run time.
#   docker build --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) -t asterisk-ami-exporter .
FROM python:3.13.16-slim-trixie AS build
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/exporter && python -m venv /opt/build
COPY requirements.txt requirements-build.txt ./
# First what seldom changes: a layer that is kept.
RUN /opt/exporter/bin/pip install --require-hashes --only-binary :all: -r requirements.txt \
    && /opt/build/bin/pip install --require-hashes --only-binary :all: -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY deploy/sbom.py deploy/sbom.py
COPY exporter exporter
RUN /opt/build/bin/hatchling build -t wheel \
    && /opt/exporter/bin/pip install --no-index --no-deps dist/*.whl \
    && /opt/exporter/bin/pip uninstall --yes pip

FROM python:3.13.16-slim-trixie
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="asterisk-ami-exporter" \
      org.opencontainers.image.description="Prometheus exporter and monitor for Asterisk PBX, over AMI" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="python:3.13.16-slim-trixie"
COPY --from=build /opt/exporter /opt/exporter
ENV PATH=/opt/exporter/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /etc/asterisk-ami-exporter
USER 65532:65532
EXPOSE 9815
# On another port or with a prefix: --health-cmd "asterisk-ami-exporter healthcheck --url=..."
HEALTHCHECK --interval=60s --timeout=20s --start-period=30s --retries=3 \
    CMD ["asterisk-ami-exporter", "healthcheck"]
# Its working directory is where config.yaml is mounted; without one the environment is its configuration.
ENTRYPOINT ["asterisk-ami-exporter"]

# The pipeline in a container: the packages of requirements.lock, each checked by its hash, and `make results`.
# How to build, run and pin it: workflow/docs/container.md.
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE}

# A container has no terminal's language; texts of studies are UTF-8.
ENV LANG=C.UTF-8

# Debian keeps one version of a package in a release, so that a pin would only stop the build.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/endpoints

# Before the code: an edited module leaves this layer as it is.
COPY Makefile requirements.lock ./
RUN make .venv/.ready PYTHON=python3

COPY Snakefile environment.yml pyproject.toml config.yaml export.yaml README.md LICENSE ./
COPY data data
COPY results/README.md results/README.md
COPY scripts scripts
COPY workflow workflow
COPY tests/reference/results tests/reference/results

# Whoever runs it may not write here: the modules are compiled once, and caches go to a folder that anybody may write.
# A user whom the image does not know still has a name; LOGNAME, where it is given, is taken before it.
RUN .venv/bin/python -m compileall -q scripts workflow
ENV HOME=/tmp USER=unnamed

# `docker run IMAGE` runs the demonstration; other targets of make and STUDY=... stand behind the name of the image.
ENTRYPOINT ["make", "-C", "/opt/endpoints"]
CMD ["results"]

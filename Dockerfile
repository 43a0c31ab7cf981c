# The bot on Telegram, as a user without rights who can write nothing but /data. docs/deploying.md tells how to run it.
#
# A tag can move. To build on one image for good, name its digest:
#   docker build --build-arg PYTHON_IMAGE=python:3.13-slim@sha256:… .
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# All that comes from elsewhere has the hash that stands in a lock file, the build tools too: nothing may fetch others.
COPY requirements-build.lock requirements.lock ./
RUN python -m venv /build \
 && /build/bin/python -m pip install --require-hashes --no-deps --only-binary :all: --requirement requirements-build.lock \
 && /build/bin/python -m pip wheel --require-hashes --no-deps --only-binary :all: --wheel-dir /wheels \
      --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY summaries summaries
COPY seeds seeds
RUN /build/bin/python -m pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheels . \
 && python -m venv --without-pip /opt/ringkas \
 && /build/bin/python -m pip --python /opt/ringkas/bin/python install --no-index --no-deps /wheels/*.whl

FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 ringkas \
 && useradd --uid 10001 --gid ringkas --home-dir /data --no-create-home --shell /usr/sbin/nologin ringkas \
 && install --directory --owner ringkas --group ringkas --mode 0700 /data
COPY --from=build /opt/ringkas /opt/ringkas
ENV PATH=/opt/ringkas/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/ringkas.db \
    HTTP_LISTEN=127.0.0.1:8080
# By number, so that who runs it can tell that this is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=2m --timeout=15s --start-period=1m CMD ["ringkas", "health"]
ENTRYPOINT ["ringkas"]
CMD ["run"]

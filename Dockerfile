# One image for every process; the command chooses which: python -m server api | control | media | transcode | migrate.
FROM python:3.11-slim-bookworm AS built
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements/run.txt requirements/
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --no-deps -r requirements/run.txt
COPY foundation/__init__.py foundation/native.py foundation/
COPY streaming/__init__.py streaming/
COPY streaming/media/__init__.py streaming/media/
COPY streaming/media/native streaming/media/native
COPY streaming/feed/__init__.py streaming/feed/
COPY streaming/feed/native streaming/feed/native
RUN /venv/bin/python -m streaming.media.native.build && /venv/bin/python -m streaming.feed.native.build

FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends fonts-wqy-microhei && rm -rf /var/lib/apt/lists/* # names in Chinese
RUN useradd --create-home --uid 10001 ringside
WORKDIR /app
COPY --from=built /venv /venv
COPY --chown=ringside . .
# SQLite and certificates live here when no other database is given; the compose file uses PostgreSQL.
RUN mkdir -p /data && chown ringside /data
USER ringside
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data
EXPOSE 8000 8189/udp
ENTRYPOINT ["python", "-m", "server"]
CMD ["run"]

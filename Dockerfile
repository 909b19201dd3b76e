# Signoff in a container: the worker, health and metrics. How to use it: docs/operations.md
#
#   docker build -t signoff .
#
# Every package is checked against its hash in requirements.lock; which index they come from is pip's own setting.
ARG PYTHON=3.13-slim

FROM python:${PYTHON} AS packages
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /venv \
 && /venv/bin/python -m pip install --no-cache-dir --no-input --require-hashes --no-deps --requirement requirements.lock

FROM python:${PYTHON}
# For videos, or a shell tool of yours: --build-arg PACKAGES=ffmpeg
ARG PACKAGES=""
RUN if [ -n "$PACKAGES" ]; then \
      apt-get update && apt-get install -y --no-install-recommends $PACKAGES && rm -rf /var/lib/apt/lists/*; \
    fi \
 && useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin signoff \
 && install -d -o signoff -g signoff -m 0700 /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY bot ./bot
COPY tools ./tools
COPY memory ./memory
COPY prompts ./prompts
COPY examples ./examples
COPY LICENSE ./
RUN printf '#!/venv/bin/python\nimport sys\n\nsys.path.insert(0, "/app")\nfrom bot.surfaces.cli import main\n\nsys.exit(main())\n' \
      > /venv/bin/signoff \
 && chmod 0755 /venv/bin/signoff \
 && /venv/bin/python -m compileall -q /app
# Time zones come with the lock (tzdata). No model server is looked for from inside.
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LANG=C.UTF-8 \
    TZ=UTC \
    SIGNOFF_HOME=/data \
    SIGNOFF_CACHE=/data/cache \
    SIGNOFF_LOG_JSON=true \
    SIGNOFF_LLM_DISCOVER=false \
    SIGNOFF_HTTP=0.0.0.0:9464
USER signoff
WORKDIR /data
VOLUME /data
EXPOSE 9464
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9464/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["signoff"]
CMD ["serve"]

# One image for the API, the worker and the commands; what it runs is decided by the command.
FROM python:3.13-slim AS build
WORKDIR /srv/lectern
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock ./
RUN pip install --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY pipeline pipeline
COPY agents agents
COPY alembic alembic
RUN pip install --no-deps .

FROM python:3.13-slim
RUN useradd --system --create-home --home-dir /var/lib/lectern --uid 10001 lectern
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    LECTERN_DATA_DIR=/var/lib/lectern/data LECTERN_LOG_FORMAT=json LECTERN_HOST=0.0.0.0 LECTERN_PORT=8000
USER lectern
WORKDIR /var/lib/lectern
# The only folder that is written to, besides /tmp.
VOLUME /var/lib/lectern
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['LECTERN_PORT'] + '/livez', timeout=3)"]
CMD ["lectern", "api"]

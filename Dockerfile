# This service. Its packages are installed from the lock file, in a stage of their own, so that pip stays out.
FROM python:3.11-slim AS packages
RUN python -m venv /venv
COPY requirements.lock .
RUN /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --quiet --require-hashes -r requirements.lock

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY --from=packages /venv /venv
WORKDIR /srv
COPY app app
COPY payload_client payload_client
COPY templates templates
RUN python -m compileall -q app payload_client
USER 10001:10001
ENV HOST=0.0.0.0
EXPOSE 8000
CMD ["python", "-m", "app"]

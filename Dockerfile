# This service: a wheel of this checkout, over the packages of the lock file. Both are installed in a stage of their own, so
# that neither pip nor what builds the wheel is in the image.
FROM python:3.11-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_QUIET=1
WORKDIR /source
COPY requirements.lock docs/deploy/requirements-build.lock ./
RUN python -m venv /venv && /venv/bin/python -m pip install --require-hashes -r requirements.lock
RUN python -m venv /build && /build/bin/python -m pip install --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY payload_client payload_client
COPY templates templates
RUN /build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /venv/bin/python -m pip install --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY --from=packages /venv /venv
WORKDIR /srv
USER 10001:10001
ENV HOST=0.0.0.0
EXPOSE 8000
CMD ["python", "-m", "app"]

# One image for web, worker, cameras and the loading of the city; docker-compose.yml says who runs what.

FROM python:3.13-slim-trixie AS build
RUN apt-get update && apt-get install -y --no-install-recommends gettext libgdal36 && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/geoapp
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.lock requirements-vision.lock requirements-s3.lock ./
# 1: with the models that public camera stills need
ARG VISION=0
# 1: with what evidence in an S3 bucket needs
ARG S3=0
RUN if [ "$VISION" = 1 ]; then lock=requirements-vision.lock; else lock=requirements.lock; fi \
    && pip install --no-cache-dir --require-hashes -r $lock \
    && if [ "$S3" = 1 ]; then pip install --no-cache-dir --require-hashes -r requirements-s3.lock; fi
COPY . .
RUN python bin/make_fonts var/static/fonts \
    && for words in locale/*/LC_MESSAGES/*.po; do msgfmt --check-format -o "${words%.po}.mo" "$words" || exit 1; done \
    && SECRET_KEY=for-this-step-only DATA_KEYS="$(python bin/data_key --first)" \
       DATABASE_URL=postgis://nobody@localhost/none python manage.py collectstatic --no-input --verbosity 0 \
    && python bin/make_notices THIRD-PARTY-NOTICES.txt \
    && python -m compileall -q bin cameras geoapp gis_data incidents

FROM python:3.13-slim-trixie
# GDAL and, with it, GEOS and PROJ: GeoDjango loads them. libseccomp confines what decodes pictures.
RUN apt-get update && apt-get install -y --no-install-recommends libgdal36 libseccomp2 && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/var --shell /usr/sbin/nologin geoapp \
    && install -d -o geoapp /srv/var
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/geoapp /srv/geoapp
WORKDIR /srv/geoapp
# The image's files are read only; what is made while running (pictures, downloads) goes to the volume /srv/var.
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 PORT=8000 VAR_DIR=/srv/var STATIC_ROOT=/srv/geoapp/var/collected
USER 10001
VOLUME /srv/var
EXPOSE 8000
CMD ["bin/web"]

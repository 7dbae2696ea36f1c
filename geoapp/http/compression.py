"""Compress pages, tiles and JSON."""

from django.middleware.gzip import GZipMiddleware

COMPRESSED_TYPES = (
    "text/",
    "application/json",
    "application/geo+json",
    "application/vnd.mapbox-vector-tile",
    "application/vnd.oai.openapi+json",
    "application/atom+xml",
    "application/javascript",
    "application/xml",
    "image/svg+xml",
)


class CompressionMiddleware(GZipMiddleware):
    """Django's GZip middleware, without pictures (compressed already) and event streams."""

    def process_response(self, request, response):
        if response.streaming or not response.headers.get("Content-Type", "").startswith(COMPRESSED_TYPES):
            return response
        return super().process_response(request, response)

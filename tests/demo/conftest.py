"""The demo's tests use cameras of the invented town, too."""

from tests.cameras.conftest import demo_cameras, eye  # noqa: F401

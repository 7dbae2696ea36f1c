import gzip

import pytest

from demo.incidents import scenes
from tests import factories

ACCEPTING = {"accept-encoding": "gzip"}


@pytest.mark.parametrize("address", ["/", "/words.js", "/open311/v2/services.xml"])
def test_what_is_text_travels_compressed(client, town, address):
    response = client.get(address, headers=ACCEPTING)
    assert response["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response["Vary"]
    assert len(gzip.decompress(response.content)) > len(response.content)


def test_who_cannot_unpack_it_gets_it_as_it_is(client, town):
    assert "Content-Encoding" not in client.get("/")


def test_pictures_and_event_streams_pass_as_they_are(client, town):
    incident = factories.incident(town.hole, pictures=[scenes.draw_scene(1, "c-road")])
    picture = client.get(f"/photo/{incident.photos.get().pk}/large.jpg", headers=ACCEPTING)
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")
    assert "Content-Encoding" not in picture
    stream = client.get("/live/", headers=ACCEPTING)
    assert stream.streaming
    assert "Content-Encoding" not in stream

"""Test the covering of pictures: covered parts cannot be reconstructed, and in doubt it raises."""

import hashlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras.masking import covering
from cameras.masking.covering import Box, NotCovered

W, H = 320, 240
WINDOW = [[0.25, 0.25], [0.5, 0.25], [0.5, 0.5], [0.25, 0.5]]
LEFT_EDGE = [[0, 0.25], [0.25, 0.25], [0.25, 0.75], [0, 0.75]]
SHIFTED = [[1, 0, 0.1], [0, 1, -0.05]]
FILL = np.array(covering.FILL)


def picture(image=None, kind=".jpg"):
    if image is None:
        image = np.random.default_rng(1).integers(90, 255, (H, W, 3), np.uint8)
    return cv2.imencode(kind, image)[1].tobytes()


def decode_covered(covered):
    return cv2.imdecode(np.frombuffer(covered.data, np.uint8), cv2.IMREAD_COLOR)


def is_filled(part):
    """Return whether this part has only the fill colour, as JPEG keeps it."""
    return bool(np.abs(part.astype(int) - FILL).max() < 24)


def test_a_zone_is_filled_with_one_colour_and_the_rest_is_left():
    covered = covering.cover_picture(picture(), covering.place_zones([WINDOW], "fits"))
    image = decode_covered(covered)
    assert is_filled(image[60:120, 80:160])
    assert not is_filled(image[140:, :])
    assert (covered.width, covered.height, covered.zones) == (W, H, 1)


def test_zones_follow_a_view_that_was_shifted():
    image = decode_covered(covering.cover_picture(picture(), covering.place_zones([WINDOW], "shifted", SHIFTED)))
    left, top = round(W * 0.35), round(H * 0.2)
    assert is_filled(image[top : top + 60, left : left + 80])
    assert not is_filled(image[100:120, 80:100])  # where it was before


def test_zone_at_the_border_covers_what_shifts_into_the_picture():
    image = decode_covered(
        covering.cover_picture(picture(), covering.place_zones([LEFT_EDGE], "shifted", [[1, 0, 0.2], [0, 1, 0]]))
    )
    assert is_filled(image[60:180, : round(W * 0.45)])


@pytest.mark.parametrize(
    ("state", "transform"),
    [
        ("lost", None),
        ("lost", SHIFTED),
        ("unknown", None),
        ("unknown", SHIFTED),
        ("turns", SHIFTED),
        ("", None),
        ("shifted", None),
        ("shifted", [[1, 0], [0, 1]]),
        ("shifted", [[1, 0, float("nan")], [0, 1, 0]]),
        ("shifted", "wide"),
    ],
)
def test_where_nobody_knows_how_the_view_lies_nothing_comes_out(state, transform):
    with pytest.raises(NotCovered):
        covering.place_zones([WINDOW], state, transform)
    assert covering.place_zones([], state, transform) == []  # where there is nothing to hide


@pytest.mark.parametrize("zone", [[], [[0, 0], [1, 1]], [[0, 0], [1], [1, 1]], [[0, 0], ["x", 0], [1, 1]], [0, 1, 2]])
def test_a_zone_that_is_none_lets_nothing_out(zone):
    with pytest.raises(NotCovered):
        covering.place_zones([zone], "fits")


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff", b"<html>", picture()[:-20], picture(kind=".png")[:-12], b"GIF89a" + bytes(60)]
)
def test_what_is_no_whole_picture_lets_nothing_out(data):
    with pytest.raises(NotCovered):
        covering.cover_picture(data, [WINDOW])


def test_what_was_made_says_of_which_picture_and_by_what():
    data = picture(kind=".png")
    covered = covering.cover_picture(
        data, [], [Box(10, 10, 20, 20, 0.9, "face"), Box(50, 50, 40, 10, 0.8, "text")], {"faces": "f 1"}
    )
    assert covered.parent == hashlib.sha256(data).hexdigest()
    assert covered.sha256 == hashlib.sha256(covered.data).hexdigest() != covered.parent
    assert covered.data.startswith(b"\xff\xd8\xff")
    assert covered.counts == {"face": 1, "text": 1}
    assert covered.tools == {"covering": covering.TOOL, "faces": "f 1"}


def test_covered_picture_carries_no_metadata_of_the_original():
    data = picture()
    note = b"GPS 10.77,106.70"
    with_note = data[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2) + note + data[2:]
    assert note not in covering.cover_picture(with_note).data


def plate(number):
    image = np.full((H, W, 3), 120, np.uint8)
    cv2.rectangle(image, (100, 100), (190, 130), (240, 240, 240), -1)
    cv2.putText(image, number, (104, 122), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (10, 10, 10), 2)
    return picture(image)


def test_covered_plates_look_alike_whatever_their_number():
    numbers = ("59X3 123", "59X3 128", "51F1 707", "29B2 644")
    covered = [decode_covered(covering.cover_picture(plate(number), [], [Box(100, 100, 91, 31)])) for number in numbers]
    place = np.s_[95:136, 92:199]
    assert len(np.unique(covered[0][place].reshape(-1, 3) // 64, axis=0)) <= 12  # a few colours, no letters
    for other in covered[1:]:
        assert np.abs(covered[0][place].astype(int) - other[place]).max() <= covering.STEP + 8


def test_a_face_becomes_one_square_or_two():
    image = np.full((H, W, 3), 200, np.uint8)
    cv2.circle(image, (150, 120), 20, (150, 170, 220), -1)
    for at in ((143, 115), (157, 115)):
        cv2.circle(image, at, 3, (20, 20, 20), -1)
    part = decode_covered(covering.cover_picture(picture(image), [], [Box(130, 100, 40, 40)]))[100:140, 130:170]
    assert float(part.std(axis=(0, 1)).max()) < 8


def test_a_box_that_lies_half_outside_covers_what_is_inside():
    covered = covering.cover_picture(
        picture(), [], [Box(-30, -30, 60, 60), Box(W - 5, H - 5, 50, 50), Box(2 * W, 0, 9, 9)]
    )
    assert float(decode_covered(covered)[:25, :25].std()) < float(decode_covered(covered)[100:125, 100:125].std()) / 3


shift = st.floats(-0.4, 0.4)


@given(x=shift, y=shift, u=st.floats(0.05, 0.6), v=st.floats(0.05, 0.6))
def test_a_carried_zone_covers_wherever_its_middle_comes_to_lie(x, y, u, v):
    zone = [[u, v], [u + 0.3, v], [u + 0.3, v + 0.3], [u, v + 0.3]]
    image = decode_covered(
        covering.cover_picture(picture(), covering.place_zones([zone], "shifted", [[1, 0, x], [0, 1, y]]))
    )
    column, row = int((u + 0.15 + x) * W), int((v + 0.15 + y) * H)
    if 2 <= column < W - 2 and 2 <= row < H - 2:
        assert is_filled(image[row - 2 : row + 2, column - 2 : column + 2])

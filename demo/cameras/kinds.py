"""List every kind of demo camera: the picture it sends at a moment, and the health that is true of it.

A kind is a function of (pictures, camera, moment, since when it misbehaves) that returns the bytes of a picture. Before
that moment the camera is good, so that its baseline can be learnt. Moments are Unix times.
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from demo.cameras.pictures import H, Pictures, Quiet, W, encode_image, seed_of, text_image
from demo.cameras.street import Pose

TURNED, TILTED, ZOOMED, AWAY = Pose(right=8), Pose(roll=4), Pose(zoom=1.3), Pose(right=26)
REWORKED = (84, 62, 75, 55, 90, 68)  # JPEG qualities of a server that encodes one picture again and again
RHYTHM_S = 300
# How many pictures the verdict takes on a street without traffic, and on a frozen one with added noise.
LONG, NOISY = 40, 80


class Kind(NamedTuple):
    truth: str  # the health that is true of it, as Camera.Health names it
    send: Callable
    before: str = "well"  # the kind that it was until it misbehaved
    pictures: int = 12  # after how many the verdict counts


def send_good(pictures, code, at, since):
    return pictures.draw(code, at)


def send_rain(pictures, code, at, since):
    return pictures.draw(code, at, wet=True)


def send_nudged(pictures, code, at, since):
    """The camera turns half a degree and back, as on a pole in the wind."""
    return pictures.draw(code, at, pose=Pose(right=0.5 * (int(at // 60) % 3 - 1)))


def send_slow_rhythm(pictures, code, at, since):
    """A new picture every five minutes, however often it is asked."""
    return pictures.draw(code, at // RHYTHM_S * RHYTHM_S)


def send_alternating(pictures, code, at, since):
    """Two views in turn, each for two minutes."""
    return pictures.draw(code, at, pose=AWAY if int(at // 120) % 2 else Pose())


def send_frozen(pictures, code, at, since):
    return pictures.draw(code, since)


def send_frozen_clock(pictures, code, at, since):
    return pictures.draw(code, since, at)


def send_frozen_reworked(pictures, code, at, since):
    """The same scene with a running clock, encoded each time in another JPEG quality."""
    return pictures.encode_with_clock(pictures.draw_scene(code, since), at, quality_at(at))


def send_frozen_noisy(pictures, code, at, since):
    """The same scene with new noise each time, as a transcoder adds it."""
    r = np.random.default_rng(int(at * 1000))
    noise = r.normal(0, 1, (H, W, 1))
    return pictures.encode_with_clock(np.clip(pictures.draw_scene(code, since) + noise, 0, 255).astype(np.uint8), at)


# ---- streets in which nobody drives


def quiet_scene(**what):
    """A function that draws a street without traffic; `what`: the fields of a Quiet."""
    quiet = Quiet(**what)
    return lambda pictures, code, at: pictures.draw_scene(code, at, quiet=quiet)


LANE, PARK, PARKED, FERRY = (
    quiet_scene(),
    quiet_scene(leaves=True, lamp=True),
    quiet_scene(parked=True, clouds=True),
    quiet_scene(ferry=True),
)
UNLIT, SMOOTH = quiet_scene(unlit=True, noise=1.6), quiet_scene(noise=0.3)
SMOOTH_QUALITY = 72


def send_quiet(pictures, code, at, since):
    """A street without traffic: from picture to picture only the noise differs."""
    return pictures.encode_with_clock(LANE(pictures, code, at), at)


def send_quiet_rain(pictures, code, at, since):
    return pictures.draw(code, at, wet=True, quiet=Quiet())


def send_quiet_park(pictures, code, at, since):
    """A street without traffic with swaying leaves and, by night, a flickering lamp."""
    return pictures.encode_with_clock(PARK(pictures, code, at), at)


def send_quiet_parked(pictures, code, at, since):
    """A street without traffic with a row of parked cars; by day clouds pass slowly."""
    return pictures.encode_with_clock(PARKED(pictures, code, at), at)


def send_quiet_unlit(pictures, code, at, since):
    """A street without traffic that is hardly lit by night, with much noise."""
    return pictures.encode_with_clock(UNLIT(pictures, code, at), at)


def send_quiet_ferry(pictures, code, at, since):
    """Ten minutes of traffic, as where a ferry lands, then twenty minutes of none."""
    return pictures.encode_with_clock(FERRY(pictures, code, at), at)


def send_quiet_smooth(pictures, code, at, since):
    """A street without traffic from a camera that removes most of the noise."""
    return pictures.encode_with_clock(SMOOTH(pictures, code, at), at, SMOOTH_QUALITY)


def send_quiet_frozen(pictures, code, at, since):
    return pictures.encode_with_clock(LANE(pictures, code, since), since)


def send_quiet_frozen_clock(pictures, code, at, since):
    return pictures.encode_with_clock(LANE(pictures, code, since), at)


def send_quiet_frozen_reworked(pictures, code, at, since):
    return pictures.encode_with_clock(LANE(pictures, code, since), at, quality_at(at))


def send_quiet_frozen_smooth(pictures, code, at, since):
    return pictures.encode_with_clock(SMOOTH(pictures, code, since), at, SMOOTH_QUALITY)


def send_parked_frozen_reworked(pictures, code, at, since):
    return pictures.encode_with_clock(PARKED(pictures, code, since), at, quality_at(at))


def quality_at(at):
    return REWORKED[int(at // 7) % len(REWORKED)]


# ---- what happens in a street


def send_jam(pictures, code, at, since):
    """Cars bumper to bumper, which do not move on."""
    return pictures.draw(code, at, event="jam")


def send_stroll(pictures, code, at, since):
    return pictures.draw(code, at, event="stroll")


def send_crowd(pictures, code, at, since):
    return pictures.draw(code, at, event="crowd")


def send_dark(pictures, code, at, since):
    return pictures.draw_dark(code, at)


def send_covered(pictures, code, at, since):
    return pictures.draw_covered(code, at)


def send_blurred(pictures, code, at, since):
    """The scene out of focus; name and clock stay sharp."""
    scene = pictures.draw_scene(code, at)
    soft = cv2.GaussianBlur(scene, (0, 0), 4.5)
    soft[:19] = scene[:19]
    return pictures.encode_with_clock(soft, at)


def send_turned(pictures, code, at, since):
    return pictures.draw(code, at, pose=TURNED)


def send_turned_far(pictures, code, at, since):
    return pictures.draw(code, at, pose=AWAY)


def send_tilted(pictures, code, at, since):
    return pictures.draw(code, at, pose=TILTED)


def send_zoomed(pictures, code, at, since):
    return pictures.draw(code, at, pose=ZOOMED)


def send_other_street(pictures, code, at, since):
    """Another street under the name of this camera."""
    scene = pictures.draw_scene(f"{code} elsewhere", at)
    return pictures.encode_with_clock(scene, at)


def send_source_card(pictures, code, at, since):
    """The card of the source, the same for all of its cameras: a street scene, so that it does not look drawn."""
    return pictures.draw("the card of the source", 0)


def send_own_card(pictures, code, at, since):
    """A card with the camera's own number on it, which no other sends."""
    image = np.full((H, W, 3), 128, np.uint8)
    words = cv2.resize(text_image(f"CAMERA {code} OFFLINE", 15), None, fx=1.6, fy=2)
    words = cv2.threshold(cv2.cvtColor(words, cv2.COLOR_BGR2GRAY), 120, 255, cv2.THRESH_BINARY)[1]
    words = words[:, : W - 20]
    x, y = (W - words.shape[1]) // 2, H // 2
    image[y : y + words.shape[0], x : x + words.shape[1]][words > 0] = 255
    return encode_image(".jpg", image, 90).tobytes()


def send_half_decoded(pictures, code, at, since):
    """A picture of which the decoder lost the lower part and repeated the last line."""
    scene = pictures.draw_scene(code, at).copy()
    line = H // 3 + seed_of(code) % (H // 3)
    scene[line:] = scene[line]
    return pictures.encode_with_clock(scene, at)


def send_half_grey(pictures, code, at, since):
    """A picture of which the decoder lost the lower part and left it grey."""
    scene = pictures.draw_scene(code, at).copy()
    scene[H // 3 + seed_of(code) % (H // 3) :] = 128
    return pictures.encode_with_clock(scene, at)


def send_truncated(pictures, code, at, since):
    """The first two thirds of the bytes of a picture."""
    picture = pictures.draw(code, at)
    return picture[: len(picture) * 2 // 3]


def send_html(pictures, code, at, since):
    """A login page in HTML, announced as JPEG."""
    return b"<!doctype html><title>Sign in</title><p>Please sign in.</p>"


def send_gif(pictures, code, at, since):
    """A GIF of one pixel, as some servers send where they have no picture."""
    return b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"


def send_false_size(pictures, code, at, since):
    """A small JPEG whose header claims 60,000 × 60,000 pixels."""
    picture = bytearray(cv2.imencode(".jpg", np.full((64, 64, 3), 90, np.uint8))[1].tobytes())
    at = picture.index(b"\xff\xc0") + 5
    picture[at : at + 4] = (60_000).to_bytes(2) * 2
    return bytes(picture)


def send_png(pictures, code, at, since):
    """A PNG, announced as JPEG."""
    image = cv2.imdecode(np.frombuffer(pictures.draw(code, at), np.uint8), cv2.IMREAD_COLOR)
    return cv2.imencode(".png", image)[1].tobytes()  # type: ignore[arg-type]  # drawn just now


KINDS = {
    "well": Kind("live", send_good),
    "rain": Kind("live", send_rain),
    "quiet-rain": Kind("live", send_quiet_rain, "quiet-rain"),
    "nudged": Kind("live", send_nudged),
    "png": Kind("live", send_png),
    "slow-rhythm": Kind("live", send_slow_rhythm, "slow-rhythm"),
    "alternates": Kind("live", send_alternating),
    "quiet": Kind("live", send_quiet, "quiet", LONG),
    "quiet-park": Kind("live", send_quiet_park, "quiet-park", LONG),
    "quiet-parked": Kind("live", send_quiet_parked, "quiet-parked", LONG),
    "quiet-unlit": Kind("live", send_quiet_unlit, "quiet-unlit", LONG),
    "quiet-ferry": Kind("live", send_quiet_ferry, "quiet-ferry", LONG),
    "quiet-smooth": Kind("live", send_quiet_smooth, "quiet-smooth", LONG),
    "quiet-after-rain": Kind("live", send_quiet, "quiet-rain", LONG),
    "jam": Kind("live", send_jam),
    "stroll": Kind("live", send_stroll, "stroll"),
    "crowd": Kind("live", send_crowd, "stroll"),
    "frozen": Kind("frozen", send_frozen),
    "frozen-clock": Kind("frozen", send_frozen_clock),
    "frozen-reworked": Kind("frozen", send_frozen_reworked),
    "frozen-noisy": Kind("frozen", send_frozen_noisy, pictures=NOISY),
    "quiet-frozen": Kind("frozen", send_quiet_frozen, "quiet"),
    "quiet-frozen-clock": Kind("frozen", send_quiet_frozen_clock, "quiet"),
    "quiet-frozen-reworked": Kind("frozen", send_quiet_frozen_reworked, "quiet"),
    "quiet-frozen-smooth": Kind("frozen", send_quiet_frozen_smooth, "quiet-smooth"),
    "parked-frozen-reworked": Kind("frozen", send_parked_frozen_reworked, "quiet-parked"),
    "dark": Kind("dark", send_dark),
    "covered": Kind("covered", send_covered),
    "blurred": Kind("blurred", send_blurred),
    "turned": Kind("moved", send_turned),
    "turned-far": Kind("moved", send_turned_far),
    "tilted": Kind("moved", send_tilted),
    "zoomed": Kind("moved", send_zoomed),
    "elsewhere": Kind("moved", send_other_street),
    "card": Kind("card", send_source_card),
    "drawn-card": Kind("card", send_own_card),
    "half-decoded": Kind("unreadable", send_half_decoded),
    "half-grey": Kind("unreadable", send_half_grey),
    "truncated": Kind("unreadable", send_truncated),
    "html": Kind("unreadable", send_html),
    "gif": Kind("unreadable", send_gif),
    "lying-size": Kind("unreadable", send_false_size),
}


def send_picture(pictures: Pictures, how: str, code: str, at: float, since: float) -> bytes:
    """Return the bytes that a camera of a kind sends; before `since`, those of the kind that it was until then."""
    kind = KINDS[how]
    return (kind if at >= since else KINDS[kind.before]).send(pictures, code, at, since)

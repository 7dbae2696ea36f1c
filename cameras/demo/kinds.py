"""Every kind of camera of the demo: what it sends at a moment, and how it must be judged.

A kind is a function of (pictures, camera, moment, since when it misbehaves) that gives the bytes; before that moment
each is a good camera at a busy street or a quiet one, so that what is usual for it can be learnt. Times are Unix times.
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from cameras.demo.pictures import H, Pictures, Quiet, W, encode, seed_of, text
from cameras.demo.street import Pose

TURNED, TILTED, ZOOMED, AWAY = Pose(right=8), Pose(roll=4), Pose(zoom=1.3), Pose(right=26)
REWORKED = (84, 62, 75, 55, 90, 68)  # JPEG qualities of a server that encodes one picture again and again
RHYTHM_S = 300
# Looks at a street in which next to nothing happens, and at one that stands still under somebody else's noise.
LONG, NOISY = 40, 80


class Kind(NamedTuple):
    truth: str  # the health that is true of it, as Camera.Health names it
    send: Callable
    before: str = "well"  # the kind that it was until it misbehaved
    looks: int = 12  # pictures after which the verdict counts


def well(pictures, code, at, since):
    return pictures.draw(code, at)


def rain(pictures, code, at, since):
    """It pours, all day and night."""
    return pictures.draw(code, at, wet=True)


def nudged(pictures, code, at, since):
    """A pole in the wind: half a degree and back."""
    return pictures.draw(code, at, pose=Pose(right=0.5 * (int(at // 60) % 3 - 1)))


def slow_rhythm(pictures, code, at, since):
    """A new picture every five minutes, however often it is asked."""
    return pictures.draw(code, at // RHYTHM_S * RHYTHM_S)


def alternates(pictures, code, at, since):
    """Two presets in turn, each for two minutes."""
    return pictures.draw(code, at, pose=AWAY if int(at // 120) % 2 else Pose())


def frozen(pictures, code, at, since):
    """Byte for byte the same picture."""
    return pictures.draw(code, since)


def frozen_clock(pictures, code, at, since):
    """The same street, while the burnt-in clock runs on."""
    return pictures.draw(code, since, at)


def frozen_reworked(pictures, code, at, since):
    """The same street under the running clock, encoded anew each time, a little better or worse."""
    return pictures.sent(pictures.scene(code, since), at, quality_at(at))


def frozen_noisy(pictures, code, at, since):
    """The same street as a transcoder sends it that adds its own noise."""
    r = np.random.default_rng(int(at * 1000))
    noise = r.normal(0, 1, (H, W, 1))
    return pictures.sent(np.clip(pictures.scene(code, since) + noise, 0, 255).astype(np.uint8), at)


# ---- streets in which nobody drives


def resting(**what):
    """Such a street with what a Quiet names: as it is, and frozen at a moment."""
    quiet = Quiet(**what)
    return lambda pictures, code, at: pictures.scene(code, at, quiet=quiet)


LANE, PARK, PARKED, FERRY = (
    resting(),
    resting(leaves=True, lamp=True),
    resting(parked=True, clouds=True),
    resting(ferry=True),
)
UNLIT, SMOOTH = resting(unlit=True, noise=1.6), resting(noise=0.3)
SMOOTH_QUALITY = 72


def quiet(pictures, code, at, since):
    """Nothing moves but the noise of the lens."""
    return pictures.sent(LANE(pictures, code, at), at)


def quiet_rain(pictures, code, at, since):
    """It pours where nobody drives."""
    return pictures.draw(code, at, wet=True, quiet=Quiet())


def quiet_park(pictures, code, at, since):
    """Leaves sway; by night a lamp flickers."""
    return pictures.sent(PARK(pictures, code, at), at)


def quiet_parked(pictures, code, at, since):
    """A row of parked cars; by day clouds pass, slowly."""
    return pictures.sent(PARKED(pictures, code, at), at)


def quiet_unlit(pictures, code, at, since):
    """By night there is next to no light, and much noise."""
    return pictures.sent(UNLIT(pictures, code, at), at)


def quiet_ferry(pictures, code, at, since):
    """Ten minutes of traffic, as where a ferry lands, and then twenty of none."""
    return pictures.sent(FERRY(pictures, code, at), at)


def quiet_smooth(pictures, code, at, since):
    """Nothing moves, and the camera takes most of its noise out."""
    return pictures.sent(SMOOTH(pictures, code, at), at, SMOOTH_QUALITY)


def quiet_frozen(pictures, code, at, since):
    """A quiet street, byte for byte the same picture."""
    return pictures.sent(LANE(pictures, code, since), since)


def quiet_frozen_clock(pictures, code, at, since):
    """The same quiet street, while the burnt-in clock runs on."""
    return pictures.sent(LANE(pictures, code, since), at)


def quiet_frozen_reworked(pictures, code, at, since):
    """The same quiet street under the running clock, encoded anew each time, a little better or worse."""
    return pictures.sent(LANE(pictures, code, since), at, quality_at(at))


def quiet_frozen_smooth(pictures, code, at, since):
    """The same of a camera that takes most of its noise out, under the running clock."""
    return pictures.sent(SMOOTH(pictures, code, since), at, SMOOTH_QUALITY)


def parked_frozen_reworked(pictures, code, at, since):
    """A row of parked cars under the running clock, encoded anew each time."""
    return pictures.sent(PARKED(pictures, code, since), at, quality_at(at))


def quality_at(at):
    return REWORKED[int(at // 7) % len(REWORKED)]


def dark(pictures, code, at, since):
    return pictures.dark(code, at)


def covered(pictures, code, at, since):
    return pictures.covered(code, at)


def blurred(pictures, code, at, since):
    """Out of focus: by day and by night, clock and name as sharp as ever."""
    scene = pictures.scene(code, at)
    soft = cv2.GaussianBlur(scene, (0, 0), 4.5)
    soft[:19] = scene[:19]
    return pictures.sent(soft, at)


def turned(pictures, code, at, since):
    return pictures.draw(code, at, pose=TURNED)


def turned_far(pictures, code, at, since):
    return pictures.draw(code, at, pose=AWAY)


def tilted(pictures, code, at, since):
    return pictures.draw(code, at, pose=TILTED)


def zoomed(pictures, code, at, since):
    return pictures.draw(code, at, pose=ZOOMED)


def elsewhere(pictures, code, at, since):
    """Another street under the same name: somebody took the wrong cable."""
    scene = pictures.scene(f"{code} elsewhere", at)
    return pictures.sent(scene, at)


def card(pictures, code, at, since):
    """The source's own card, the same for all of its cameras; a photograph, so that it does not look drawn."""
    return pictures.draw("the card of the source", 0)


def drawn_card(pictures, code, at, since):
    """A card with the camera's own number on it, which no other sends."""
    image = np.full((H, W, 3), 128, np.uint8)
    words = cv2.resize(text(f"CAMERA {code} OFFLINE", 15), None, fx=1.6, fy=2)
    words = cv2.threshold(cv2.cvtColor(words, cv2.COLOR_BGR2GRAY), 120, 255, cv2.THRESH_BINARY)[1]
    words = words[:, : W - 20]
    x, y = (W - words.shape[1]) // 2, H // 2
    image[y : y + words.shape[0], x : x + words.shape[1]][words > 0] = 255
    return encode(".jpg", image, 90).tobytes()


def half_decoded(pictures, code, at, since):
    """A decoder lost the rest and drew the last line down to the end."""
    scene = pictures.scene(code, at).copy()
    line = H // 3 + seed_of(code) % (H // 3)
    scene[line:] = scene[line]
    return pictures.sent(scene, at)


def half_grey(pictures, code, at, since):
    """A decoder lost the rest and left it grey."""
    scene = pictures.scene(code, at).copy()
    scene[H // 3 + seed_of(code) % (H // 3) :] = 128
    return pictures.sent(scene, at)


def truncated(pictures, code, at, since):
    """Two thirds of a picture, sent as if they were all."""
    picture = pictures.draw(code, at)
    return picture[: len(picture) * 2 // 3]


def html(pictures, code, at, since):
    """A login page, called a JPEG."""
    return b"<!doctype html><title>Sign in</title><p>Please sign in.</p>"


def gif(pictures, code, at, since):
    """A GIF of one dot, as some servers send where they have no picture."""
    return b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"


def lying_size(pictures, code, at, since):
    """A whole small JPEG whose header claims 60,000 × 60,000 pixels."""
    picture = bytearray(cv2.imencode(".jpg", np.full((64, 64, 3), 90, np.uint8))[1].tobytes())
    at = picture.index(b"\xff\xc0") + 5
    picture[at : at + 4] = (60_000).to_bytes(2) * 2
    return bytes(picture)


def png(pictures, code, at, since):
    """A PNG, named and announced as JPEG."""
    image = cv2.imdecode(np.frombuffer(pictures.draw(code, at), np.uint8), cv2.IMREAD_COLOR)
    return cv2.imencode(".png", image)[1].tobytes()  # type: ignore[arg-type]  # drawn just now


KINDS = {
    "well": Kind("live", well),
    "rain": Kind("live", rain),
    "quiet-rain": Kind("live", quiet_rain, "quiet-rain"),
    "nudged": Kind("live", nudged),
    "png": Kind("live", png),
    "slow-rhythm": Kind("live", slow_rhythm, "slow-rhythm"),
    "alternates": Kind("live", alternates),
    "quiet": Kind("live", quiet, "quiet", LONG),
    "quiet-park": Kind("live", quiet_park, "quiet-park", LONG),
    "quiet-parked": Kind("live", quiet_parked, "quiet-parked", LONG),
    "quiet-unlit": Kind("live", quiet_unlit, "quiet-unlit", LONG),
    "quiet-ferry": Kind("live", quiet_ferry, "quiet-ferry", LONG),
    "quiet-smooth": Kind("live", quiet_smooth, "quiet-smooth", LONG),
    "quiet-after-rain": Kind("live", quiet, "quiet-rain", LONG),
    "frozen": Kind("frozen", frozen),
    "frozen-clock": Kind("frozen", frozen_clock),
    "frozen-reworked": Kind("frozen", frozen_reworked),
    "frozen-noisy": Kind("frozen", frozen_noisy, looks=NOISY),
    "quiet-frozen": Kind("frozen", quiet_frozen, "quiet"),
    "quiet-frozen-clock": Kind("frozen", quiet_frozen_clock, "quiet"),
    "quiet-frozen-reworked": Kind("frozen", quiet_frozen_reworked, "quiet"),
    "quiet-frozen-smooth": Kind("frozen", quiet_frozen_smooth, "quiet-smooth"),
    "parked-frozen-reworked": Kind("frozen", parked_frozen_reworked, "quiet-parked"),
    "dark": Kind("dark", dark),
    "covered": Kind("covered", covered),
    "blurred": Kind("blurred", blurred),
    "turned": Kind("moved", turned),
    "turned-far": Kind("moved", turned_far),
    "tilted": Kind("moved", tilted),
    "zoomed": Kind("moved", zoomed),
    "elsewhere": Kind("moved", elsewhere),
    "card": Kind("card", card),
    "drawn-card": Kind("card", drawn_card),
    "half-decoded": Kind("unreadable", half_decoded),
    "half-grey": Kind("unreadable", half_grey),
    "truncated": Kind("unreadable", truncated),
    "html": Kind("unreadable", html),
    "gif": Kind("unreadable", gif),
    "lying-size": Kind("unreadable", lying_size),
}


def send_picture(pictures: Pictures, how: str, code: str, at: float, since: float) -> bytes:
    """The bytes that a camera of a kind sends at a moment; before it misbehaves, those of the kind that it was."""
    kind = KINDS[how]
    return (kind if at >= since else KINDS[kind.before]).send(pictures, code, at, since)

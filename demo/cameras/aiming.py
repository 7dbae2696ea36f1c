"""Give demo cameras views along their street, or at random where no street is known."""

from zlib import crc32

from cameras import sql
from cameras.models import Camera, View
from cameras.register.fields_of_view import footprint

VERIFIED, PUBLIC = 10, 8  # one in so many
MOST_PUBLIC = 12  # covering a picture takes a second of a core, each minute


def aim_cameras() -> int:
    """Create a view for each camera without one, mark some public, some verified; return how many were created."""
    cameras = list(Camera.objects.filter(views=None, active=True).order_by("code"))
    along = dict(sql.execute("street_bearings", cameras=[camera.pk for camera in cameras]))
    views = [invent_view(camera, along.get(camera.pk)) for camera in cameras]
    View.objects.bulk_create(views, batch_size=500)
    some = [camera.pk for camera in cameras if crc32(camera.code.encode()) // 3 % PUBLIC == 0][:MOST_PUBLIC]
    Camera.objects.filter(pk__in=some).update(public=True)
    return len(views)


def invent_view(camera, along):
    """Return a view of 50 to 70° and 80 to 149 m that depends on the camera's code only."""
    seed = crc32(camera.code.encode())
    bearing = seed % 360 if along is None else (along + 180 * (seed % 2)) % 360
    view = View(
        camera=camera,
        bearing_deg=round(bearing, 1) % 360,
        angle_deg=50 + seed // 7 % 21,
        range_m=80 + seed // 11 % 70,
        verified=seed // 5 % VERIFIED == 0,
    )
    view.footprint = footprint(view)
    return view

"""Make or find files that look like pictures and are invalid or malicious."""

import io
import struct
import sysconfig
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "MPO", "HEIF")
FETCHED = Path(__file__).resolve().parents[1] / "var" / "hostile-pictures"  # bin/prepare --tests
ENDINGS = {
    ".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".heif", ".avif", ".mpo", ".tif", ".tiff", ".bmp", ".ico",
    ".jp2", ".j2k", ".psd", ".tga", ".pcx", ".fli", ".sgi", ".ppm", ".eps", ".svg", ".dds", ".icns", ".pdf",
}  # fmt: skip
PAYLOAD = b"<script>alert(1)</script><?php system($_GET[0]); ?>"


def image_bytes(image, form, **more):
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


HEIC = Path(__file__).parent / "samples" / "photos" / "street.heic"  # what is installed reads it, and writes none


def small(form="JPEG", **more):
    if form == "HEIF":
        return HEIC.read_bytes()
    image = Image.radial_gradient("L").resize((96, 64)).convert("RGB")
    if form == "MPO":
        more |= {"save_all": True, "append_images": [image.copy()]}
    return image_bytes(image, form, **more)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks):
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def head(width, height, depth=8, colour=2):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


END = chunk(b"IEND", b"")


def pack_zeros(byte, size):
    """Return a byte repeated, zlib-compressed, by repeating the block of its first megabyte."""
    packer, rest = zlib.compressobj(9, wbits=-15), zlib.compressobj(9, wbits=-15)
    part = packer.compress(byte * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    last = rest.compress(byte * (size % (1 << 20))) + rest.flush()
    return b"\x78\xda" + part * (size >> 20) + last + struct.pack(">I", zlib.adler32(byte * size))


def bomb(width, height, colour=6):
    """Return a complete PNG of one colour: small file, many pixels."""
    rows = pack_zeros(b"\0", height * (1 + width * (4 if colour == 6 else 1)))
    return png(head(width, height, colour=colour), chunk(b"IDAT", rows), END)


def with_exif(exif):
    plain = small()
    segment = b"Exif\0\0" + exif
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + plain[2:]


def exif_that_points_at_itself():
    directory = struct.pack("<H", 1) + struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    return b"II*\0\x08\0\0\0" + directory


def deep_exif(depth=3000):
    """Return EXIF directories nested by pointing at the next."""
    data = b"II*\0\x08\0\0\0"
    for number in range(depth):
        data += struct.pack("<H", 1) + struct.pack("<HHII", 0x8769, 4, 1, 8 + 18 * (number + 1)) + struct.pack("<I", 0)
    return data[:65_000]


def with_profile(size):
    """Return a PNG whose colour profile unpacks to so many bytes."""
    profile = b"icc\0\0" + pack_zeros(b"\0", size)
    return png(head(1, 1), chunk(b"iCCP", profile), chunk(b"IDAT", zlib.compress(bytes(4))), END)


def with_text(size):
    """Return a PNG whose text chunk unpacks to so many bytes."""
    text = b"Comment\0\0" + pack_zeros(b" ", size)
    return png(head(1, 1), chunk(b"zTXt", text), chunk(b"IDAT", zlib.compress(bytes(4))), END)


def jpeg_of(width, height):
    """Return a JPEG whose header declares this size."""
    plain = bytearray(small())
    at = plain.index(b"\xff\xc0")
    plain[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(plain)


def jpeg_of_many_scans(count=2000):
    """Return a progressive JPEG that repeats its last scan."""
    plain = small(progressive=True)
    at = plain.rindex(b"\xff\xda")
    scan = plain[at:-2]
    return plain[:at] + scan * count + plain[-2:]


def many_frames(form, count=100):
    frames = [Image.new("P", (60, 60), number % 256) for number in range(count)]
    return image_bytes(frames[0], form, save_all=True, append_images=frames[1:])


def zip_after_jpeg():
    out = io.BytesIO(small())
    out.seek(0, 2)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("run.php", PAYLOAD)
    return out.getvalue()


def png_with_payload():
    words = PngInfo()
    words.add_text("Comment", PAYLOAD.decode())
    return small("PNG", pnginfo=words)


def make_files() -> dict[str, bytes]:
    """Return {name: bytes} of the generated files."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    files = {
        "nothing": b"",
        "PNG of 49 Mpx": bomb(7000, 7000),
        "grey PNG of 50 Mpx": bomb(10_000, 5000, colour=0),
        "PNG one pixel high": bomb(30_000, 1),
        "PNG that says 2^31": png(head(2**31 - 1, 2**31 - 1), chunk(b"IDAT", zlib.compress(b"\0")), END),
        "PNG of no width": png(head(0, 5), chunk(b"IDAT", zlib.compress(b"\0")), END),
        "PNG with a chunk that says 4 GB": png(head(9, 9), b"\xff\xff\xff\xffIDAT", END),
        "PNG without pixels": png(head(9, 9), END),
        "PNG with a profile of 200 MB": with_profile(200_000_000),
        "PNG with a text of 200 MB": with_text(200_000_000),
        "PNG with a payload": png_with_payload(),
        "JPEG that says 65500 × 65500": jpeg_of(65_500, 65_500),
        "JPEG that says 7000 × 7000": jpeg_of(7000, 7000),
        "JPEG of no size": jpeg_of(0, 0),
        "JPEG of 2000 scans": jpeg_of_many_scans(),
        "JPEG with EXIF that points at itself": with_exif(exif_that_points_at_itself()),
        "JPEG with deep EXIF": with_exif(deep_exif()),
        "JPEG with EXIF of noise": with_exif(bytes(range(256)) * 200),
        "JPEG with a profile cut off": small(icc_profile=profile[:100]),
        "JPEG and ZIP in one": zip_after_jpeg(),
        "JPEG and HTML in one": small(comment=PAYLOAD) + PAYLOAD,
        "HTML that begins as GIF": b"GIF89a" + PAYLOAD,
        "GIF of many frames": many_frames("GIF"),
        "PNG of many frames": many_frames("PNG"),
        "WEBP of many frames": many_frames("WEBP"),
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
        "ImageMagick script": b"push graphic-context\nfill 'url(https://example.com/\"|id\")'\npop graphic-context",
        "TIFF": image_bytes(Image.new("RGB", (9, 9)), "TIFF"),
        "BMP": image_bytes(Image.new("RGB", (9, 9)), "BMP"),
    }
    for form in FORMATS:
        whole = small(form)
        files |= {
            f"{form} cut in half": whole[: len(whole) // 2],
            f"{form} without its first byte": whole[1:],
            f"{form} with zeros in it": whole[:60] + bytes(200) + whole[260:],
            f"{form} twice": whole + whole,
        }
    return files


def find_broken() -> Iterator[Path]:
    """Return picture files of installed packages, and those downloaded for tests."""
    for folder in (Path(sysconfig.get_path("purelib")), FETCHED):
        yield from (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in ENDINGS and path.is_file())


def has_crashed(path: Path) -> bool:
    """Whether a file's name tells of a decoder's crash or vulnerability."""
    return any(word in path.name for word in ("crash", "timeout", "oom", "overflow", "broken", "bad", "trunc"))

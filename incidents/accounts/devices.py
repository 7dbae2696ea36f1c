"""Name the browser and operating system of a device that signed in."""

from django.utils.translation import gettext as _

# The first that a browser names counts: most name others besides themselves.
BROWSERS = [
    ("Edg", "Edge"), ("OPR", "Opera"), ("coc_coc_browser", "Cốc Cốc"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
]  # fmt: skip
SYSTEMS = [
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
]  # fmt: skip


def device_name(agent: str) -> str:
    browser_and_system = [next((name for part, name in names if part in agent), "") for names in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, browser_and_system)) or "".join(agent.split()[:1])[:40] or _("unknown device")

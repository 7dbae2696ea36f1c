"""Read all settings from the environment; docs/settings.md describes each.

A secret may stand in a file: NAME_FILE is read where NAME is not set (Docker secrets).
"""

import importlib.util
import os
import re
from pathlib import Path
from urllib.parse import unquote

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from pythonjsonlogger.core import RESERVED_ATTRS

from geoapp import plugins
from geoapp.crypto import keyring
from geoapp.environment import parse_allowed_networks, refuse_removed_settings, tile_hosts
from geoapp.http.token_bucket import parse_table
from geoapp.web import languages

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")

SECRETS = (
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "DATA_KEYS",
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_READER_URL",
    "DATABASE_REPLICA_URL",
    "HEADS_KEY",
    "EMAIL_URL",
    "MAIL_IMAP_PASSWORD",
    "SMS_KEY",
    "SMS_SECRET",
    "SMS_INBOUND_KEY",
    "SMS_CALLBACK_TOKEN",
    "SMPP_PASSWORD",
    "ZALO_APP_SECRET",
    "ZALO_OA_SECRET",
    "MESSENGER_APP_SECRET",
    "MESSENGER_VERIFY_TOKEN",
    "MESSENGER_PAGE_TOKEN",
    "VOICE_SECRETS",
    "VOICE_RECORDING_KEYS",
    "VAPID_KEY",
    "EVIDENCE_BUCKET_KEY",
    "EVIDENCE_BUCKET_SECRET",
    "OIDC_CLIENT_SECRET",
)
for name, path in list(os.environ.items()):
    if name in {f"{secret}_FILE" for secret in SECRETS}:
        os.environ.setdefault(name.removesuffix("_FILE"), Path(path).read_text().strip())

env = environ.Env()
refuse_removed_settings(name for name, value in os.environ.items() if value)

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. bin/run makes one; elsewhere put 50 random characters there.")
# Keys of before: what was signed with them holds until it ends by itself.
SECRET_KEY_FALLBACKS = env.str("SECRET_KEY_FALLBACKS", "").replace(",", " ").split()
# The keys of personal data and of other people's secrets in the database: see geoapp/crypto/keyring.py.
DATA_KEYS = env.str("DATA_KEYS", "")
if DATA_KEYS:  # a service without does not begin: see keyring.check_keys
    try:
        keyring.parse_keys(DATA_KEYS)
    except keyring.BadKeys as fault:
        raise ImproperlyConfigured(f"DATA_KEYS: {fault}.") from None
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Whom the server may call besides the internet, by purpose: `mail=private cameras=10.21.0.0/16`. Nobody else inside the
# own network is called; a purpose with a row may go without TLS. Anybody can name a push service: leave `push` out.
OUTBOUND_ALLOWED = parse_allowed_networks(env.str("OUTBOUND_ALLOWED", ""))
# The proxies whose word for a person's own address is taken; all limits are counted by it. "*": the one that calls,
# where nobody but the proxy can reach this server.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
CSRF_FAILURE_VIEW = "incidents.views.public.expired_forms.redisplay_expired_form"
# The address under which people reach the service; stands in e-mails and follow links.
SITE_URL = env.str("SITE_URL", "http://localhost:8000").rstrip("/")
BEHIND_TLS = SITE_URL.startswith("https://")
# Whom to tell of a flaw, as /.well-known/security.txt says it, and where it is written how that is dealt with.
SECURITY_CONTACT = [
    contact if ":" in contact else f"mailto:{contact}" for contact in env.list("SECURITY_CONTACT", default=[])
]
SECURITY_POLICY = env.str("SECURITY_POLICY", "")

INSTALLED_APPS = [
    "cameras",
    "incidents",
    "gis_data",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "django.contrib.gis",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "csp",
    "django_guid",
    "leaflet",
    "procrastinate.contrib.django",
    "template_partials",
    "geoapp.roles",
]
if (BASE_DIR / "demo").is_dir():  # a production image holds none
    INSTALLED_APPS.append("demo")

MIDDLEWARE = [
    "django_guid.middleware.guid_middleware",
    "geoapp.http.request_log.RequestLogMiddleware",
    "geoapp.http.cors.open_to_other_sites",
    "geoapp.http.costs.CostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "geoapp.http.caching.send_data_without_page_rules",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "geoapp.http.compression.CompressionMiddleware",
    "geoapp.http.caching.forbid_caching_of_sessions",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "geoapp.web.language.ChosenLanguageMiddleware",
    "geoapp.http.rate_limits.LimitMiddleware",
    "geoapp.http.text_validation.RefuseNonTextMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gis_data.city.read_city_once",
    "incidents.access.read_posts_once",
    "incidents.accounts.middleware.SessionsThatHoldMiddleware",
    "incidents.disclosure.register.know_request",
    "geoapp.db.admission.AdmissionMiddleware",
    "gis_data.browser_language.apply_city_policy",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "incidents.disclosure.shown.record_what_is_shown",
    "geoapp.http.threads.in_one_thread",
]

ROOT_URLCONF = "geoapp.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gis_data.city.city_context",
                "incidents.access.works_context",
                "incidents.views.public.unread.unread_context",
                "incidents.emergency.current.emergency_context",
            ],
            "builtins": [
                "template_partials.templatetags.partials",
                "django.templatetags.static",
                "django.templatetags.i18n",
            ],
        },
    }
]

POSTGIS = "django.contrib.gis.db.backends.postgis"


def database(parsed_url, pool_min):
    """Return the DATABASES entry. postgis://user@%2Fpath%2Fto%2Fsocket/name uses a Unix socket."""
    parsed_url["HOST"] = unquote(parsed_url["HOST"])
    parsed_url.setdefault("OPTIONS", {}).update(
        pool={"min_size": pool_min, "max_size": env.int("DATABASE_POOL", 8), "timeout": 20},
        # Each statement is planned for the values it has, except where `planner.prepared_statements` says otherwise.
        server_side_binding=True,
        prepare_threshold=None,
    )
    return parsed_url


# As the service, which everything but `manage.py migrate` runs as; it owns no table (docs/adr/0024).
DATABASES = {"default": database(env.db_url("DATABASE_URL", engine=POSTGIS), 1)}
# As the owner of the tables. Empty: the service owns them, and there are no roles.
DATABASE_OWNER = {}
if os.environ.get("DATABASE_OWNER_URL"):
    DATABASE_OWNER = database(env.db_url("DATABASE_OWNER_URL", engine=POSTGIS), 0)
# As the reader, by which statistics and open data are read. Empty: they are read as the service.
if os.environ.get("DATABASE_READER_URL"):
    DATABASES["reader"] = database(env.db_url("DATABASE_READER_URL", engine=POSTGIS), 0)
    DATABASES["reader"]["TEST"] = {"MIRROR": "default"}
# A streaming replica, as the reader: what need not be of this second is read from it (docs/adr/0031) while it lags by
# REPLICA_LAG_S at the most. Empty: the primary is read.
if os.environ.get("DATABASE_REPLICA_URL"):
    DATABASES["replica"] = database(env.db_url("DATABASE_REPLICA_URL", engine=POSTGIS), 0)
    DATABASES["replica"]["OPTIONS"]["pool"]["timeout"] = 2
    # Where it is cut off nobody waits for it: seconds to connect, milliseconds until what was sent has arrived.
    DATABASES["replica"]["OPTIONS"] |= {"connect_timeout": 2, "tcp_user_timeout": 4000}
    DATABASES["replica"]["TEST"] = {"MIRROR": "default"}
REPLICA_LAG_S = env.float("REPLICA_LAG_S", 5)
# Where the shared caches (deploy/cache) are told which tiles have changed, by `manage.py purge_cache`.
CACHE_PURGE_URLS = env.list("CACHE_PURGE_URLS", default=[])
# Who gets which rights after a migration.
DATABASE_ROLES = {
    "service": DATABASES["default"]["USER"],
    "reader": DATABASES.get("reader", {}).get("USER") or "geoapp_reader",
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PROCRASTINATE_ON_APP_READY = "geoapp.jobs.use_connector"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

AUTH_USER_MODEL = "incidents.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "incidents.access.PostBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "after-sign-in"
LOGOUT_REDIRECT_URL = "map"
# Whose posts demand a second factor: roles, or `all`. Who holds one and has none sets it up before anything else.
SECOND_FACTOR_ROLES = env.list("SECOND_FACTOR_ROLES", default=[])

# The city's OpenID provider, by which staff signs in: exactly as it calls itself. Empty: none.
OIDC_ISSUER = env.str("OIDC_ISSUER", "")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", "")
# What the button says.
OIDC_NAME = env.str("OIDC_NAME", "OpenID")
# What it is asked for; some providers give a refresh token, which is needed, only for offline_access.
OIDC_SCOPES = env.str("OIDC_SCOPES", "openid profile email")
if OIDC_ISSUER:
    if not re.fullmatch(r"https?://[^?#\s]+", OIDC_ISSUER) or (
        OIDC_ISSUER.startswith("http://") and not OUTBOUND_ALLOWED["sign-in"]
    ):
        raise ImproperlyConfigured("OIDC_ISSUER is https://…, unless OUTBOUND_ALLOWED has sign-in.")
    if not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
        raise ImproperlyConfigured("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.")

LANGUAGES = languages.LANGUAGES
# Not LANGUAGE, which is gettext's own: a machine's `en_GB:en` would decide.
LANGUAGE_CODE = env.str("CITY_LANGUAGE", "vi")
if LANGUAGE_CODE not in dict(LANGUAGES):
    raise ImproperlyConfigured(f"CITY_LANGUAGE is one of {', '.join(dict(LANGUAGES))}.")
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", "Asia/Ho_Chi_Minh")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["geoapp.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(VAR / "collected")))
# var/static holds what set-up makes: the web fonts cut from their package.
STATICFILES_DIRS = [BASE_DIR / "geoapp" / "static", *([VAR / "static"] if (VAR / "static").is_dir() else [])]
STORAGES: dict[str, dict] = {
    "default": {"BACKEND": "geoapp.media.files.AtomicFileStorage"},
    "evidence": {"BACKEND": "cameras.evidence.store.Folder"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "geoapp.http.static_storage.HashedModulesStorage"
    },
}
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(VAR / "media")))
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # pages name no others; compressing both takes twice as long
# Pictures have no address of their own: one view serves them and asks who looks.
MEDIA_URL = "/no-such-place/"

# Raster tiles under the map, e.g. https://tiles.example/{z}/{x}/{y}.png or https://{s}.tiles.example/…. Empty: none.
BASEMAP_URL = env.str("BASEMAP_URL", "")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *tile_hosts(BASEMAP_URL)],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],  # blob: a video that was chosen, before it is sent
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# The sites whose pages may hold the map of /embed/, as frame-ancestors of the policy has them; none: nobody's.
EMBED_SITES = [site for site in env.list("EMBED_SITES", default=["*"]) if site != "none"]
# The addresses that scripts on pages of other sites may read (geoapp/http/cors.py): what everybody may read, no page.
OPEN_TO_SITES = (
    r"/(?:live/$|feeds/|developers/openapi/|(?:i|news)/[^/]+/map\.png$|robots\.txt$|favicon\.ico$|sitemap\.xml$|sitemap/"
    r"|\.well-known/security\.txt$|addresses/|areas/|tiles/|photo/|data/.|ogc/|mapit/|open311/|open511/|list/"
    r"|report/(?:here|near|kinds|danger)/|news\.(?:ics|cap)$|news/[^/]+/event\.ics$|emergency/places\.geojson$"
    r"|stats/areas\.csv|history/heads\.json|evidence/(?:seals|heads)\.json|privacy/views/heads\.json|cameras\.geojson"
    r"|cameras/(?:places|truth|looks/heads)\.(?:json|csv)|cameras/.+/still\.jpg$)"
)
SECURE_SSL_REDIRECT = False  # the proxy does it
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_ENGINE = "geoapp.http.session_store"
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
# What a page may ask of a browser: where the reporter stands, and speech for the box. Photos come by the file chooser.
REFUSED_FEATURES = (
    "accelerometer", "camera", "display-capture", "encrypted-media", "gyroscope", "magnetometer", "midi",
    "payment", "usb", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY: dict[str, list | str] = {name: [] for name in REFUSED_FEATURES} | {
    "geolocation": "self",
    "microphone": "self",
}

# Five photos of 15 MB and the words around them.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
PHOTO_MAX_BYTES = 15_000_000
PHOTO_MAX_PIXELS = 50_000_000
PHOTOS_MAX = 5
# A video counts as one of them: half a minute as phones record it by default.
VIDEO_MAX_BYTES = 60_000_000
VIDEO_MAX_PIXELS = 10_000_000
VIDEO_SECONDS = 30
# How many photos each process decodes at once, and how many more may wait for that; who comes then is asked to come
# again in some seconds.
PHOTO_DECODERS = env.int("PHOTO_DECODERS", 2)
PHOTOS_WAITING = 3
if PHOTO_DECODERS < 1:
    raise ImproperlyConfigured("PHOTO_DECODERS is 1 or more.")
# A boundary file that somebody brings; unpacked it may be five times as large.
BOUNDARY_MAX_BYTES = 200_000_000
# The largest bodies that are taken: where an address begins, bytes, whether only of people who are signed in. All
# others are small. The proxy's limits (deploy/proxy) are the same.
BODY_SMALL = 3_000_000
BODY_PHOTOS = PHOTOS_MAX * PHOTO_MAX_BYTES + 5_000_000
BODY_LIMITS = [
    ("/editions/", BOUNDARY_MAX_BYTES + 10_000_000, True),
    ("/desk/", BODY_PHOTOS, True),
    ("/cameras/register/", BODY_PHOTOS, True),
    ("/announcing/works/", BODY_PHOTOS, True),
    ("/enquiries/pages/", BODY_PHOTOS, True),
    ("/report/", BODY_PHOTOS, False),
    ("/open311/", BODY_PHOTOS, False),
    ("/api/reports/", BODY_PHOTOS, False),
    ("/w/", BODY_PHOTOS, False),
    ("/f/", BODY_PHOTOS, False),
    ("/t/", BODY_PHOTOS, False),
]

# How often strangers may ask: WHAT:FOR WHOM it is counted, and how many in which time. A city changes rows by LIMITS:
# "report:address=20/h, photo:address=1200/min"; "off" switches all of them off. What each row does when it is reached
# stands in docs/settings.md.
LIMITS_CHANGED = env.list("LIMITS", default=[])
LIMITS = (
    {}
    if LIMITS_CHANGED == ["off"]
    else parse_table(
        {
            # Reports: from here on a puzzle comes first …
            "report:address": "10/h",
            "report:phone": "5/h",
            "report:place": "20/h",
            "report:category": "600/h",
            # … and from here on a person looks first, puzzle or not.
            "hold:address": "120/h",
            "hold:phone": "12/h",
            "hold:place": "60/h",
            "hold:category": "3000/h",
            "upload:address": "150/h",
            # What is urgent is on the desk at once; from here on the public sees it after a person's look.
            "urgent:address": "5/h",
            "urgent:phone": "5/h",
            "urgent:unconfirmed": "20/h",
            # Answers to e-mails: to a mailbox whose owner nobody has confirmed, to all of those, to a confirmed one.
            "mail-answer:unconfirmed": "1/h",
            "mail-answer:all": "120/h",
            "mail-answer:confirmed": "7/h",
            # Photos that come ahead of their report, and asking which are there.
            "waiting:address": "400/h",
            # Other systems.
            "open311:address": "600/min",
            "open311:key": "3000/h",
            # Reports that each process takes in at once; those beyond are received, and finished within minutes …
            "surge:reports": "6000/min",
            # … and those of a key beyond its limit, until there are so many.
            "surge:key": "60000/h",
            "webhook:address": "6000/min",
            # The chat on our own pages: what is written, and each look of a page that stands open.
            "chat:address": "120/min",
            # “It happens to me too”, said and taken back.
            "me-too:address": "60/h",
            # “Was this helpful?” on pages that answer.
            "answer-vote:address": "60/h",
            # Ideas sent, and supports of ideas, given and taken back.
            "idea:person": "5/d",
            "idea:address": "60/d",
            "support:address": "600/h",
            # Answers to “Is it gone?”.
            "neighbour:address": "20/h",
            # What strangers begin to follow.
            "follow:address": "60/h",
            # What a reporter adds to a report.
            "add:report": "10/h",
            # Codes that confirm a phone or an e-mail address, and guesses at them.
            "code:own": "10/d",
            "code:pair": "3/d",
            "code:address": "20/d",
            "code:to": "3/d",
            "code:puzzled": "200/d",
            "code:to-puzzled": "10/d",
            "code-try:report": "5/15min",
            "code-try:address": "300/h",
            "puzzle:once": "1/h",
            # Wrong passwords for one name from one network, for how long nobody signs in there with that name after
            # the last of them, wrong passwords of a network, for a name; and the pages of signing in.
            "sign-in:pair": "10/15min",
            "sign-in:lock": "1/15min",
            "sign-in:address": "60/15min",
            "sign-in:name": "30/15min",
            "sign-in-page:address": "300/min",
            # What is only read.
            "photo:address": "1200/min",
            "search:address": "300/min",
            "api:address": "1200/min",
            "link:address": "120/min",
            "export:address": "60/min",
            "stream:address": "100",
            # Points that are looked up ahead of Django, at each process.
            "lookup:address": "30000/min",
            # What reads cost each process: milliseconds of processor, that of the database included, and kilobytes;
            # of each network, and of all strangers together, where only what is dear is refused …
            "cost:address": "30000/2min",
            "cost:all": "90000/2min",
            "bytes:address": "600000/10min",
            "bytes:all": "6000000/10min",
            # … and of a network what leads to a report, or to signing in, which readers do not use up.
            "report-cost:address": "30000/2min",
        },
        LIMITS_CHANGED,
    )
)
# Where the addresses begin by which citizens report and ask for what became of it, and by which staff signs in: readers
# leave places to them.
REPORTING_ADDRESSES = (
    "/report/", "/f/", "/t/", "/c/", "/q/", "/w/", "/ask/", "/chat/", "/sign-in/", "/words.js", "/language/",
    "/mine/", "/following/", "/offline/", "/emergency/",
)  # fmt: skip

EMAIL_CONFIG = env.email_url("EMAIL_URL") if env.str("EMAIL_URL", "") else {"EMAIL_BACKEND": "geoapp.mail.NoMailServer"}
if EMAIL_CONFIG.get("EMAIL_BACKEND", "").endswith("filebased.EmailBackend"):
    EMAIL_CONFIG["EMAIL_FILE_PATH"] = VAR / "mail"
if EMAIL_CONFIG["EMAIL_BACKEND"].endswith("smtp.EmailBackend"):
    EMAIL_CONFIG["EMAIL_BACKEND"] = "geoapp.mail.MailServer"
vars().update(EMAIL_CONFIG)
# Seconds for a letter, from the mail server's name to its last answer.
EMAIL_TOTAL_S = 60.0
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", "khong-tra-loi@example.invalid")

# The address to which people write, whose server keeps what stands after a + in it: replies come to phananh+…@.
# Empty: no e-mail comes in.
MAIL_ADDRESS = env.str("MAIL_ADDRESS", "")
# Its mailbox, asked every minute by IMAP. Empty: it is not asked.
MAIL_IMAP_HOST = env.str("MAIL_IMAP_HOST", "")
MAIL_IMAP_PORT = env.int("MAIL_IMAP_PORT", 993)
MAIL_IMAP_TLS = env.bool("MAIL_IMAP_TLS", True)
MAIL_IMAP_USER = env.str("MAIL_IMAP_USER", "") or MAIL_ADDRESS
MAIL_IMAP_PASSWORD = env.str("MAIL_IMAP_PASSWORD", "")
MAIL_IMAP_FOLDER = env.str("MAIL_IMAP_FOLDER", "INBOX")
# The folder to which a mail is moved once it is stored here. Empty: it stays where it is, marked as read.
MAIL_IMAP_DONE = env.str("MAIL_IMAP_DONE", "")
# Where `manage.py receive_mail` takes mail by LMTP from the city's own server: HOST:PORT or the path of a socket.
MAIL_LMTP = env.str("MAIL_LMTP", "")
# The name by which that server signs its Authentication-Results: who passes DMARC there has a confirmed address.
MAIL_AUTHSERV_ID = env.str("MAIL_AUTHSERV_ID", "")
# Larger mails are refused by LMTP; by IMAP their beginning is read.
MAIL_MAX_BYTES = 25_000_000
if MAIL_ADDRESS and not re.fullmatch(r"[a-z0-9._-]{1,30}@[A-Za-z0-9.-]{3,200}", MAIL_ADDRESS):
    raise ImproperlyConfigured("MAIL_ADDRESS is name@host, its name at most 30 small letters, digits, ., _ or -.")
if (MAIL_IMAP_HOST or MAIL_LMTP) and not MAIL_ADDRESS:
    raise ImproperlyConfigured("MAIL_IMAP_HOST and MAIL_LMTP need MAIL_ADDRESS.")
if MAIL_LMTP and not re.fullmatch(r"/\S+|[^\s/]+:\d{1,5}", MAIL_LMTP):
    raise ImproperlyConfigured("MAIL_LMTP is HOST:PORT or the path of a socket.")

# SMS: esms, speedsms, smpp or a plug-in of geoapp.sms. Empty: no SMS is sent, and nobody is told that one was.
SMS_PROVIDER = env.str("SMS_PROVIDER", "")
# The sender's name as it is registered with the networks: at most 11 letters.
SMS_BRAND = env.str("SMS_BRAND", "")
# Texts without diacritics: they take half as many parts, and many networks take no others.
SMS_ASCII = env.bool("SMS_ASCII", True)
# What one part costs, in the currency's smallest unit.
SMS_COST = env.int("SMS_COST", 0)
# Where the provider listens, where it is not where its own documents say.
SMS_URL = env.str("SMS_URL", "").rstrip("/")
SMS_KEY = env.str("SMS_KEY", "")
SMS_SECRET = env.str("SMS_SECRET", "")
# What the provider signs messages with that come in.
SMS_INBOUND_KEY = env.str("SMS_INBOUND_KEY", "")
# Stands in the addresses that the provider calls: /hooks/sms/PROVIDER/TOKEN/receipt/ and …/inbound/. Empty: none.
SMS_CALLBACK_TOKEN = env.str("SMS_CALLBACK_TOKEN", "")
# Seconds that a gateway is waited for.
SMS_TIMEOUT = 10.0
# A message without an answer and without a receipt after so long was not taken: it is sent once more.
SMS_UNSURE_MINUTES = 60
SMPP_HOST = env.str("SMPP_HOST", "")
SMPP_PORT = env.int("SMPP_PORT", 2775)
SMPP_TLS = env.bool("SMPP_TLS", False)
SMPP_USER = env.str("SMPP_USER", "")
SMPP_PASSWORD = env.str("SMPP_PASSWORD", "")
# Whether the centre reads data coding 0 as the GSM alphabet; off: as ASCII.
SMPP_GSM = env.bool("SMPP_GSM", True)
# How often a message is tried, over about a day.
NOTICE_TRIES = 8
if SMS_PROVIDER and SMS_PROVIDER not in plugins.plugins("geoapp.sms"):
    raise ImproperlyConfigured(f"SMS_PROVIDER is empty or one of {', '.join(plugins.plugins('geoapp.sms'))}.")
if not re.fullmatch(r"[-\w. ]{0,11}", SMS_BRAND, re.ASCII):
    raise ImproperlyConfigured("SMS_BRAND has at most 11 letters, digits, blanks, -, _ or .")
if SMS_CALLBACK_TOKEN and not re.fullmatch(r"[-\w]{20,}", SMS_CALLBACK_TOKEN):
    raise ImproperlyConfigured("SMS_CALLBACK_TOKEN is at least 20 letters, digits, - or _.")

# The city's Zalo account; its first tokens are entered by `manage.py zalo_tokens`. Empty: no Zalo.
ZALO_APP_ID = env.str("ZALO_APP_ID", "")
ZALO_APP_SECRET = env.str("ZALO_APP_SECRET", "")
# The account's own secret signs what comes in from there (not the app's). Empty: nothing comes in by Zalo.
ZALO_OA_SECRET = env.str("ZALO_OA_SECRET", "")
# The account's id: what is meant for another account of the same app is left alone. Empty: any.
ZALO_OA_ID = env.str("ZALO_OA_ID", "")
ZALO_URL = env.str("ZALO_URL", "https://openapi.zalo.me").rstrip("/")
ZALO_OAUTH_URL = env.str("ZALO_OAUTH_URL", "https://oauth.zaloapp.com").rstrip("/")

# The city's page at Facebook Messenger. Without its id and the app's secret nothing comes in, without its token nothing
# goes out.
MESSENGER_PAGE_ID = env.str("MESSENGER_PAGE_ID", "")
MESSENGER_APP_SECRET = env.str("MESSENGER_APP_SECRET", "")
# What Meta says when the webhook is entered there.
MESSENGER_VERIFY_TOKEN = env.str("MESSENGER_VERIFY_TOKEN", "")
MESSENGER_PAGE_TOKEN = env.str("MESSENGER_PAGE_TOKEN", "")
# Whether calls carry the proof that an app may be set to want.
MESSENGER_PROOF = env.bool("MESSENGER_PROOF", False)
MESSENGER_URL = env.str("MESSENGER_URL", "https://graph.facebook.com/v26.0").rstrip("/")

# The telephone systems whose machine talks with callers: NAME=own, twilio, jambonz, asterisk or a plug-in of
# geoapp.voice, several by commas. Each but asterisk calls /hooks/voice/NAME. Empty: none.
VOICE_SOURCES = env.dict("VOICE_SOURCES", default={})
# NAME=SECRET: what each signs with (Twilio: the account's token; asterisk: user:password of ARI).
VOICE_SECRETS = env.dict("VOICE_SECRETS", default={})
# The number of the hotline, to which a caller is put through.
VOICE_TRANSFER = env.str("VOICE_TRANSFER", "")
# Whether calls are recorded, which is said to the caller before; the hosts at which the recordings of each system lie
# (NAME=HOST HOST), and what is shown there (NAME=user:password, or NAME=token).
VOICE_RECORD = env.bool("VOICE_RECORD", True)
VOICE_RECORDING_HOSTS = env.dict("VOICE_RECORDING_HOSTS", default={})
VOICE_RECORDING_KEYS = env.dict("VOICE_RECORDING_KEYS", default={})
VOICE_RECORDING_BYTES = 40_000_000
VOICE_RECORDING_SECONDS = 1800
# What a machine is less sure of, 0 to 1, is asked once more, and is for a person then.
VOICE_CONFIDENCE = 0.6
# The voices that speak each language, where the system's own does not: vi=Google.vi-VN-Wavenet-A.
VOICE_VOICES = env.dict("VOICE_VOICES", default={})
# Where the asterisk's REST interface is, its application, the context of its dialplan to which VOICE_TRANSFER belongs;
# what speaks a text ({text}, {language} in its address), and what writes down a WAV file. Empty: nothing does.
VOICE_ASTERISK_URL = env.str("VOICE_ASTERISK_URL", "")
VOICE_ASTERISK_APP = "incidents"
VOICE_ASTERISK_CONTEXT = env.str("VOICE_ASTERISK_CONTEXT", "default")
VOICE_SAY_URL = env.str("VOICE_SAY_URL", "")
VOICE_HEAR_URL = env.str("VOICE_HEAR_URL", "")
if VOICE_SOURCES and not set(VOICE_SOURCES.values()) <= plugins.plugins("geoapp.voice").keys():
    raise ImproperlyConfigured(f"VOICE_SOURCES names kinds: {', '.join(plugins.plugins('geoapp.voice'))}.")
if not all(re.fullmatch(r"[-\w]{1,40}", name, re.ASCII) and VOICE_SECRETS.get(name) for name in VOICE_SOURCES):
    raise ImproperlyConfigured(
        "Each of VOICE_SOURCES has a name of letters, digits, - and _, and one of VOICE_SECRETS."
    )

# The key that push messages to browsers are signed with, made by `manage.py push_key`. Empty: none are sent.
VAPID_KEY = env.str("VAPID_KEY", "")

# Where a pack's data files are looked for first.
CITY_DATA = env.str("CITY_DATA", "")
BASEMAP_ATTRIBUTION = env.str("BASEMAP_ATTRIBUTION", "")

# A geocoder outside, asked where the city's own names know no better: nominatim or photon. Empty: none.
GEOCODER_URL = env.str("GEOCODER_URL", "")
GEOCODER_KIND = env.str("GEOCODER_KIND", "nominatim")
GEOCODER_PER_SECOND = env.float("GEOCODER_PER_SECOND", 1.0)
GEOCODER_PER_DAY = env.int("GEOCODER_PER_DAY", 1000)
GEOCODER_TIMEOUT = 2.0
if GEOCODER_KIND not in ("nominatim", "photon") or GEOCODER_PER_SECOND <= 0:
    raise ImproperlyConfigured("GEOCODER_KIND is nominatim or photon; GEOCODER_PER_SECOND is more than 0.")

# For how many hours all frames of each camera are kept, for how many days one a minute of them, and how many GB all of
# them may take; 0: any.
CAMERA_RING_HOURS = env.int("CAMERA_RING_HOURS", 24)
CAMERA_RING_DAYS = env.int("CAMERA_RING_DAYS", 7)
CAMERA_RING_GB = env.float("CAMERA_RING_GB", 500.0)
if CAMERA_RING_HOURS < 1 or CAMERA_RING_DAYS * 24 < CAMERA_RING_HOURS or CAMERA_RING_GB < 0:
    raise ImproperlyConfigured(
        "CAMERA_RING_HOURS is 1 or more and no more than CAMERA_RING_DAYS; CAMERA_RING_GB is 0 or more."
    )
# Whether the models that find faces and small text are installed and used; without them there are no public stills.
VISION = env.bool("VISION", False)
# The model that finds people and vehicles, as bin/make_detector makes it; none there: nothing is counted.
DETECTOR_MODEL = Path(env.str("DETECTOR_MODEL", "") or VAR / "models" / "nanodet.onnx")
# The bucket in which kept pictures lie, and a folder in it if so wished: BUCKET or BUCKET/FOLDER. Empty: MEDIA_ROOT.
EVIDENCE_BUCKET = env.str("EVIDENCE_BUCKET", "").strip("/")
# Where the bucket is served, e.g. https://s3.example:9000: no other host is called.
EVIDENCE_BUCKET_URL = env.str("EVIDENCE_BUCKET_URL", "").rstrip("/")
EVIDENCE_BUCKET_REGION = env.str("EVIDENCE_BUCKET_REGION", "us-east-1")
EVIDENCE_BUCKET_KEY = env.str("EVIDENCE_BUCKET_KEY", "")
EVIDENCE_BUCKET_SECRET = env.str("EVIDENCE_BUCKET_SECRET", "")
if EVIDENCE_BUCKET:
    if not re.fullmatch(r"https?://[^/@?#\s]+", EVIDENCE_BUCKET_URL):
        raise ImproperlyConfigured("EVIDENCE_BUCKET_URL is https://HOST or https://HOST:PORT.")
    if EVIDENCE_BUCKET_URL.startswith("http://") and not OUTBOUND_ALLOWED["evidence"]:
        raise ImproperlyConfigured("EVIDENCE_BUCKET_URL is https://, unless OUTBOUND_ALLOWED has evidence.")
    if not (EVIDENCE_BUCKET_KEY and EVIDENCE_BUCKET_SECRET):
        raise ImproperlyConfigured("EVIDENCE_BUCKET needs EVIDENCE_BUCKET_KEY and EVIDENCE_BUCKET_SECRET.")
    if importlib.util.find_spec("storages") is None:
        raise ImproperlyConfigured("EVIDENCE_BUCKET needs requirements-s3.lock installed: run bin/prepare with it set.")
    STORAGES["evidence"] = {
        "BACKEND": "cameras.evidence.bucket.Bucket",
        "OPTIONS": {
            "url": EVIDENCE_BUCKET_URL,
            "bucket": EVIDENCE_BUCKET.partition("/")[0],
            "prefix": EVIDENCE_BUCKET.partition("/")[2],
            "region": EVIDENCE_BUCKET_REGION,
            "key": EVIDENCE_BUCKET_KEY,
            "secret": EVIDENCE_BUCKET_SECRET,
        },
    }

# The key with which the last seal of each day is signed: 32 bytes in base64. Empty: they are not signed.
HEADS_KEY = env.str("HEADS_KEY", "")
# Offices that get the last seals of each day by e-mail, to keep them.
HEADS_EMAIL = env.list("HEADS_EMAIL", default=[])
# A time stamping authority (RFC 3161) that stamps them, and the file with the certificates (PEM) to which its own lead.
# Empty: none.
TIMESTAMP_URL = env.str("TIMESTAMP_URL", "")
TIMESTAMP_ROOTS = env.str("TIMESTAMP_ROOTS", "")
if TIMESTAMP_URL and not TIMESTAMP_ROOTS:
    raise ImproperlyConfigured("TIMESTAMP_URL needs TIMESTAMP_ROOTS, by which its stamps are checked.")

# Whether photos are fetched that other systems only name by an address (media_url of Open311).
OPEN311_FETCH_MEDIA = env.bool("OPEN311_FETCH_MEDIA", True)

# Where bin/backup keeps its backups; /metrics tells how old they are. Empty: not to be seen from here.
BACKUP_DIR = Path(env.str("BACKUP_DIR")) if env.str("BACKUP_DIR", "") else None

# The number of a request, in its answer, on the error page and in each line of the log. One that a proxy gave is kept.
DJANGO_GUID = {"GUID_HEADER_NAME": "X-Request-ID", "EXPOSE_HEADER": False}
# plain: lines for people; json: one object a line.
LOG_FORMAT = env.str("LOG_FORMAT", "plain")
if LOG_FORMAT not in ("plain", "json"):
    raise ImproperlyConfigured("LOG_FORMAT is plain or json.")
# Whether each request has a line when it is answered.
ACCESS_LOG = env.bool("ACCESS_LOG", False)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "{levelname} {name}: {message}{in_request}", "style": "{"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{levelname}{name}{message}{request_number}{process}",
            "style": "{",
            "rename_fields": {"levelname": "level", "name": "logger", "request_number": "request"},
            "timestamp": "at",
            "reserved_attrs": [*RESERVED_ATTRS, "in_request", "request"],
            "json_ensure_ascii": False,
        },
    },
    "filters": {
        "request": {
            "()": "django.utils.log.CallbackFilter",
            "callback": "ext://geoapp.http.request_log.add_request_number",
        },
        "masked": {"()": "geoapp.http.log_masking.MaskingFilter"},
    },
    "handlers": {
        "stdout": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request", "masked"]},
    },
    # They tell each step; smpplib warns of each session that it ends.
    "loggers": {name: {"level": "WARNING"} for name in ("fido2", "httpx", "mail", "procrastinate")}
    | {"smpplib": {"level": "ERROR"}}
    | {"django_guid": {"level": "WARNING"}, "geoapp.access": {"level": "INFO" if ACCESS_LOG else "WARNING"}},
    "root": {"handlers": ["stdout"], "level": env.str("LOG_LEVEL", "INFO")},
}

"""Settings of one installation, read from environment variables.

docs/administration/settings.md lists the variables. ``DEVELOPMENT`` is the one switch between
a computer of one's own (no secret, plain HTTP, mails into files) and production, where a
missing secret or host stops the start.
"""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env

from config import __version__

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent


def required(name: str, why: str, in_development: str) -> str:
    """Return the variable `name`; without it production does not start."""
    value: str = env.str(name, in_development if DEVELOPMENT else "")
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name}: {why}.")
    return value


# --- The installation -------------------------------------------------------------------------

VERSION = __version__
INSTALLATION_NAME: str = env.str("INSTALLATION_NAME", "Lindero")
DEVELOPMENT: bool = env.bool("DEVELOPMENT", False)
DEBUG: bool = env.bool("DEBUG", False)
# Says on every page that what it shows is invented.
DEMONSTRATION: bool = env.bool("DEMONSTRATION", False)

SECRET_KEY = required(
    "SECRET_KEY", "50 random characters or more, kept secret", in_development="only-for-development"
)
ALLOWED_HOSTS = required(
    "ALLOWED_HOSTS",
    "the host names this installation answers to, separated by commas",
    in_development="localhost,127.0.0.1,[::1]",
).split(",")
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

SITE_URL: str = env.str(
    "SITE_URL",
    "http://127.0.0.1:8000" if DEVELOPMENT else f"https://{ALLOWED_HOSTS[0].removeprefix('.')}",
).rstrip("/")
if not SITE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured("Begin the environment variable SITE_URL with https://.")

# Attachments live here, and the database where there is no database server.
DATA = Path(env.str("DATA", str(BASE_DIR / "var"))).resolve()
DATA.mkdir(parents=True, exist_ok=True)

# --- Applications -----------------------------------------------------------------------------

# From the highest to the lowest: each imports only what stands below it.
INSTALLED_APPS = [
    "insights",
    "exchange",
    "evaluation",
    "lessons",
    "programs",
    "notices",
    "records",
    "agencies",
    "pages",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_countries",
    "django_filters",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Before WhiteNoise, so that static files carry the policies too.
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Keeps a form that was sent after its session expired; before the sign-in wall.
    "pages.resume.ResumeMiddleware",
    "pages.middleware.LoginRequiredMiddleware",
    "pages.privacy.private_pages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

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
                "config.context.installation",
                "pages.context.shell",
                "notices.context.bell",
            ],
        },
    },
]

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
# Parts of forms are drawn by our templates, where there is one.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database ---------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": (
        env.dj_db_url("DATABASE_URL")
        if env.str("DATABASE_URL", "")
        else {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA / "lindero.sqlite3"}
    )
}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "config.sqlite3"
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue up at BEGIN instead of failing half-way with "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
            "PRAGMA cache_size=-32768; PRAGMA mmap_size=268435456;"
        ),
    }
else:
    # Compiling a query that checks who may see each row takes longer than running it. What the
    # address of the database asks for comes later, and holds.
    given = DATABASES["default"].setdefault("OPTIONS", {})
    given["options"] = f"-c jit=off {given.get('options', '')}".strip()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Counts failed sign-ins, in files so that all processes share the count.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA / "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

# --- People: sign-in and sessions -------------------------------------------------------------

AUTH_USER_MODEL = "agencies.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "agencies.accounts.AccountAdapter"
ACCOUNT_FORMS = {"login": "agencies.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# A coordinator who invites somebody vouches for the address.
ACCOUNT_EMAIL_VERIFICATION = "none"
# Nobody can sign up, so there is nothing to tell the owner of an unknown address.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Subjects name the installation themselves.
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
# Answers to questionnaires, which need no account: a class behind one router may send at once.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {"feedback": "60/m/ip"}

# One working shift, counted from signing in: a forgotten terminal signs itself out, and
# showing a page writes nothing to the database, as a sliding session would.
SESSION_COOKIE_AGE = 12 * 60 * 60
ACCOUNT_SESSION_REMEMBER = True
SESSION_COOKIE_NAME = "lindero_session"
# With the session they end: a cookie of messages would tell the next person at the terminal.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_COOKIE_NAME = "lindero_csrf"
CSRF_FAILURE_VIEW = "pages.resume.out_of_date"

# --- Security ---------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, "data:"],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "camera": [],
    "display-capture": [],
    "geolocation": [],
    "microphone": [],
    "payment": [],
    "usb": [],
}
X_FRAME_OPTIONS = "DENY"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEVELOPMENT
# Probes inside the network ask by plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if not DEVELOPMENT:
    ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True

# How many reverse proxies stand in front; only then may their headers be believed.
PROXIES: int = env.int("PROXIES", 0)
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES

# --- Languages and time -----------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE: str = env.str("TIME_ZONE", "UTC")
USE_TZ = True
COUNTRIES_OVERRIDE = {"XK": {"name": _("Kosovo"), "alpha3": "XKX"}}

# --- Files ------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "build" / "collected"
# build/static holds the parts of npm packages that pages use (assets/vendor.mjs).
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "build" / "static"]
WORLD_MAP = BASE_DIR / "build" / "world.json"
# The faces of documents, which pages are laid out with (assets/vendor.mjs).
FONTS = BASE_DIR / "build" / "fonts"
WHITENOISE_USE_FINDERS = DEVELOPMENT
WHITENOISE_ALLOW_ALL_ORIGINS = False

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEVELOPMENT
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

# Attachments have no address of their own: a view checks the reader's rights and sends them.
MEDIA_ROOT = DATA / "files"
FILE_UPLOAD_HANDLERS = ["records.uploads.BoundedUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o640
# Four texts of 100,000 characters outside the basic plane, percent-encoded, are 4.8 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
# An exercise with a hundred objectives and as many participations has more than 1,000 fields,
# each row's number and tick-box among them.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_000

# --- Mail and logs ----------------------------------------------------------------------------

email = env.dj_email_url("EMAIL_URL", "file:" if DEVELOPMENT else "smtp://localhost:25")
EMAIL_BACKEND: str = email["EMAIL_BACKEND"]
EMAIL_FILE_PATH = DATA / "mails"
EMAIL_HOST: str = email["EMAIL_HOST"]
EMAIL_PORT: int = email["EMAIL_PORT"]
EMAIL_HOST_USER: str = email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD: str = email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS: bool = email["EMAIL_USE_TLS"]
EMAIL_USE_SSL: bool = email["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 20
EMAIL_SUBJECT_PREFIX = f"[{INSTALLATION_NAME}] "
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", "lindero@localhost")

LOG_LEVEL: str = env.str("LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {"django": {"handlers": [], "level": LOG_LEVEL, "propagate": True}},
}

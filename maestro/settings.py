"""Every setting, read once and typed. `.env.example` documents each variable.

With no variable set the product runs on one machine: SQLite, in-process layer, keys made on first
run. `DATABASE_URL` and `REDIS_URL` scale it out. Wrong mixes are errors of `manage.py check --deploy`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF

from maestro import keys, logs, running
from maestro.environment import Env
from providers.registry import KIND, config_fields, named_fields, provider_names

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
Env.read_env(BASE_DIR / ".env")

# Data and keys ------------------------------------------------------------------------------------
MAESTRO_DATA_DIR = Path(env.str("MAESTRO_DATA_DIR", default=str(BASE_DIR / "var"))).absolute()
KEYS_ARE_GENERATED = not (env.str("SECRET_KEY", default="") and env.list("SALT_KEY", default=[]))
SECRET_KEY = env.str("SECRET_KEY", default="") or keys.load_or_create(MAESTRO_DATA_DIR, "secret_key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# The first salt encrypts; older ones still decrypt.
SALT_KEY = env.list("SALT_KEY", default=[]) or [keys.load_or_create(MAESTRO_DATA_DIR, "salt_key")]

# Which installation this is, for hosts that share a database but no data folder (sessions_app.services.instance).
MAESTRO_INSTANCE_ID = env.uuid("MAESTRO_INSTANCE_ID")

# Web ----------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
CSRF_FAILURE_VIEW = "maestro.refused.csrf_failure"
PORT = env.whole("PORT", default=8000, least=0, most=65_535)
BEHIND_TLS = env.bool("BEHIND_TLS", default=False)

INSTALLED_APPS = [
    # For Django's own command only: it loads Twisted, 16 MB and half a second that no other command or server needs.
    *(["daphne"] if "runserver" in sys.argv[1:2] else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "maestro",
    "sessions_app",
    "chat",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "maestro.static_files.ServeStatic",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sessions_app.middleware.record_place",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "maestro.urls"
ASGI_APPLICATION = "maestro.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sessions_app.context.attention",
                "chat.context.running_now",
            ],
        },
    },
]
STATIC_URL = "static/"
# `maestro.static_files` makes them on start: no collectstatic step between a clone and a running server.
STATIC_ROOT = MAESTRO_DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "maestro.static_files.VersionedStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Users --------------------------------------------------------------------------------------------
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "chat:home"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]

# Security -----------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_TLS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 7 * 24 * 3600
SECURE_REDIRECT_EXEMPT = [
    r"^healthz$",
    r"^readyz$",
    r"^metrics$",
]  # these speak plain HTTP to the process itself
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_HSTS_SECONDS = env.whole("HSTS_SECONDS", default=31_536_000 if BEHIND_TLS else 0, least=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Whoever sends it may read /metrics; without it only staff do.
MAESTRO_METRICS_TOKEN = env.str("MAESTRO_METRICS_TOKEN", default="")

# Database -----------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{MAESTRO_DATA_DIR / 'maestro.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    keys.make_folder(MAESTRO_DATA_DIR)
    # FULL, because NORMAL may lose the last commit at power loss, and a lost commit is a lost token.
    # IMMEDIATE, because a read that turns into a write in mid-transaction fails at once instead of waiting.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    # A server that does not even refuse would hold each request for two minutes.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)

# Redis: channel layer, cache, Celery --------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
REDIS_PREFIX = env.str("REDIS_PREFIX", default="maestro")
if REDIS_URL:
    CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # socket_timeout None: a finite one closes idle websockets after seconds (channels_redis#422).
            "CONFIG": {
                "hosts": [{"address": REDIS_URL, "socket_timeout": None}],
                "prefix": f"{REDIS_PREFIX}.layer",
            },
        }
    }
    CACHES: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": f"{REDIS_PREFIX}.cache",
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# At most 120, because sweeps that are 180 s apart count as missing (sessions_app.services.sweep).
MAESTRO_SWEEP_SECONDS = env.number("MAESTRO_SWEEP_SECONDS", default=15.0, least=0.1, most=120)
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker that gave up would never sweep again
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # nothing is delivered again while its task may still run
    "global_keyprefix": f"{REDIS_PREFIX}.celery.",
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 25,
    "retry_on_timeout": True,
}
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = (
    False  # the next sweep does it again; a task that kills workers would not end
)
CELERY_WORKER_SEND_TASK_EVENTS = False
# A refresh that is under way is finished and saved, also when Redis is gone.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SOFT_TIME_LIMIT = 200  # above the 90 s a token call may take, plus saving its answer
CELERY_TASK_TIME_LIMIT = 240
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "sessions_app.tasks.sweep",
        "schedule": MAESTRO_SWEEP_SECONDS,
        # A sweep that waited for a worker as long as a whole period is replaced by the next one.
        "options": {"expires": MAESTRO_SWEEP_SECONDS},
    }
}

# Limits (each error that one of these causes names the limit) --------------------------------------
MAESTRO_MAX_PROMPT_BYTES = env.whole("MAESTRO_MAX_PROMPT_BYTES", default=400_000, least=1)
MAESTRO_MAX_FRAME_BYTES = env.whole("MAESTRO_MAX_FRAME_BYTES", default=65_536, least=1024)
MAESTRO_MAX_SOCKETS_PER_USER = env.whole("MAESTRO_MAX_SOCKETS_PER_USER", default=5, least=1)
# A comparison has up to four answers, so that one may run.
MAESTRO_MAX_RUNNING_PER_USER = env.whole("MAESTRO_MAX_RUNNING_PER_USER", default=4, least=1)
MAESTRO_MAX_QUEUED = env.whole("MAESTRO_MAX_QUEUED", default=10, least=0)
MAESTRO_SENDS_PER_MINUTE = env.whole("MAESTRO_SENDS_PER_MINUTE", default=30, least=1)
MAESTRO_LOGINS_PER_MINUTE = env.whole("MAESTRO_LOGINS_PER_MINUTE", default=10, least=1)
# Of one file; of all that are sent along with a message; and how many a message may have. Base64 makes them a third
# larger, and the smallest request limit of a vendor is 32 MB.
MAESTRO_MAX_FILE_BYTES = env.whole("MAESTRO_MAX_FILE_BYTES", default=10_000_000, least=1000)
MAESTRO_MAX_FILES_BYTES = env.whole("MAESTRO_MAX_FILES_BYTES", default=20_000_000, least=1000)
MAESTRO_MAX_FILES = env.whole("MAESTRO_MAX_FILES", default=10, least=0, most=100)
MAESTRO_MAX_IMAGE_SIDE = env.whole("MAESTRO_MAX_IMAGE_SIDE", default=8000, least=1)
MAESTRO_UPLOADS_PER_MINUTE = env.whole("MAESTRO_UPLOADS_PER_MINUTE", default=60, least=1)
MAESTRO_ESTIMATES_PER_MINUTE = env.whole("MAESTRO_ESTIMATES_PER_MINUTE", default=20, least=1)
MAESTRO_MAX_STORED_BYTES_PER_USER = env.whole(
    "MAESTRO_MAX_STORED_BYTES_PER_USER", default=2_000_000_000, least=0
)
# How long a file is kept that no message has.
MAESTRO_KEEP_UNSENT_HOURS = env.number("MAESTRO_KEEP_UNSENT_HOURS", default=24.0, least=0)
# Whether providers are asked to keep what repeats of a conversation, where they must be asked.
MAESTRO_PROMPT_CACHE = env.bool("MAESTRO_PROMPT_CACHE", default=True)
# How long the steps of an answer are kept after its end; its message stays.
MAESTRO_KEEP_LOG_DAYS = env.number("MAESTRO_KEEP_LOG_DAYS", default=7.0, least=0)
# Whether conversations get a title from the cheapest model of the session that answered; each session can say no.
MAESTRO_AUTO_TITLES = env.bool("MAESTRO_AUTO_TITLES", default=True)
# How long a deleted conversation can be brought back.
MAESTRO_KEEP_DELETED_HOURS = env.number("MAESTRO_KEEP_DELETED_HOURS", default=24.0, least=0)

# Providers: MAESTRO_<PROVIDER>_<FIELD> -------------------------------------------------------------
# Commands beside a server that offers the simulator find the same one, without being told.
RUNNING_SIMULATOR = running.simulator_address(MAESTRO_DATA_DIR)
MAESTRO_SIMULATOR = env.bool("MAESTRO_SIMULATOR", default=bool(RUNNING_SIMULATOR))


def _provider_settings(name: str, fields: tuple[str, ...]) -> dict[str, str]:
    """The variables set for one provider, by field; the provider's own defaults fill the rest."""
    prefix = f"MAESTRO_{name.upper()}_"
    found = {field: env.str(prefix + field.upper(), default="") for field in fields}
    return {field: value for field, value in found.items() if value}


MAESTRO_PROVIDERS = {name: _provider_settings(name, config_fields(name)) for name in provider_names()}
if not MAESTRO_SIMULATOR:
    del MAESTRO_PROVIDERS["simulator"]
# More of a built-in kind: MAESTRO_NAMED_PROVIDERS=ollama=openai offers “ollama”, set by MAESTRO_OLLAMA_<FIELD>.
for _name, _kind in env.pairs("MAESTRO_NAMED_PROVIDERS").items():
    MAESTRO_PROVIDERS[_name] = {KIND: _kind, **_provider_settings(_name, named_fields(_kind))}
# Lifetime of the access tokens that the simulator in this server issues, in seconds.
MAESTRO_SIMULATOR_EXPIRES_S = env.whole("MAESTRO_SIMULATOR_EXPIRES_S", default=28_800, least=1)
SIMULATOR_IS_ELSEWHERE = bool(env.str("MAESTRO_SIMULATOR_BASE_URL", default=""))
if MAESTRO_SIMULATOR:
    MAESTRO_PROVIDERS["simulator"].setdefault(
        "base_url", RUNNING_SIMULATOR or f"http://127.0.0.1:{PORT}/simulator"
    )

# Mail, language, time -----------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="dummymail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="maestro@localhost")
# Those that are offered; the first is the installation's own, for whoever asks for none of them, mails and background work.
LANGUAGES = env.languages("MAESTRO_LANGUAGES", default="en")
LANGUAGE_CODE = LANGUAGES[0][0]
LOCALE_PATHS = [BASE_DIR / "maestro" / "locale"]
USE_I18N = True
TIME_ZONE = env.zone("TIME_ZONE", default="UTC")
USE_TZ = True

# Logs ---------------------------------------------------------------------------------------------
LOGGING = logs.configuration(
    form=env.word("LOG_FORMAT", default="plain", known=["plain", "json"]),
    level=env.word("LOG_LEVEL", default="INFO", known=["DEBUG", "INFO", "WARNING", "ERROR"]),
)
DEFAULT_EXCEPTION_REPORTER_FILTER = "maestro.logs.StrictReporterFilter"

# Set, and read by nobody: a slip of the pen, most likely. MAESTRO_FAULTS and MAESTRO_TEST_… belong to tests.
UNREAD_VARIABLES = [
    name for name in env.unread(prefix="MAESTRO_") if not name.startswith(("MAESTRO_FAULTS", "MAESTRO_TEST_"))
]
KNOWN_VARIABLES = sorted(env.asked_for)

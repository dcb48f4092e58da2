"""The settings of the product, as tests need them: quick, silent and away from real data."""

import os
from tempfile import TemporaryDirectory

data = TemporaryDirectory(prefix="lindero-tests-")  # removed when the process ends
os.environ |= {"DEVELOPMENT": "1", "DATA": data.name, "EMAIL_URL": "memory:", "LOG_LEVEL": "ERROR"}

from config.settings import *  # noqa: E402, F403 - the variables above must be set before

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Hundreds of tests sign in from one address within a minute.
ACCOUNT_RATE_LIMITS = False
# Look for a static file when it is asked for, rather than list all of them for every test's client.
WHITENOISE_AUTOREFRESH = True

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # In memory, as pytest-django has it for the engine that it knows.
    DATABASES["default"] |= {"ENGINE": "tests.sqlite3", "TEST": {"NAME": ":memory:"}}  # noqa: F405
else:
    # Nobody misses what a test wrote.
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"  # noqa: F405

"""The settings of the product with the two addresses of ``benchmarks.anchors`` beside its own.

Rows and filters are drawn by templates, as Django's projects draw them.
"""

from config.settings import *  # noqa: F403
from config.settings import BASE_DIR, TEMPLATES

ROOT_URLCONF = "benchmarks.anchors"
TEMPLATES[0]["DIRS"] = [BASE_DIR / "benchmarks" / "templates", BASE_DIR / "templates"]

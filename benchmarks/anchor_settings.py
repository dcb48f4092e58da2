"""The settings of the product with the two addresses of ``benchmarks.anchors`` beside its own."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.anchors"

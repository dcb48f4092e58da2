"""What keeps the house in order: settings, locked dependencies, direction of imports, headers."""

import ast
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django_countries import countries
from pytest_django import Settings

from config import asgi, wsgi

ROOT = Path(__file__).parent.parent
# From the highest to the lowest: each imports only what stands after it.
ORDER = [
    "config",
    "insights",
    "exchange",
    "evaluation",
    "lessons",
    "programs",
    "notices",
    "records",
    "agencies",
    "pages",
]
SECRET = "k3J-8sTq_0vYb2WmZr5xN7aPdLfGhCeUiOoQpRsTuVwXyZ1234"
PRODUCTION = {"SECRET_KEY": SECRET, "ALLOWED_HOSTS": "lindero.example"}


# --- Settings ---------------------------------------------------------------------------------


def python(code: str, data: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a new process that knows only these environment variables."""
    inherited = {name: os.environ[name] for name in os.environ if name.startswith("COV")}
    environment = {"PATH": os.environ["PATH"], "DATA": str(data)} | inherited | variables
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ALLOWED_HOSTS": "lindero.example"}, "Set the environment variable SECRET_KEY: "),
        ({"SECRET_KEY": SECRET}, "Set the environment variable ALLOWED_HOSTS: "),
        ({"SECRET_KEY": "", "ALLOWED_HOSTS": "a.example"}, "Set the environment variable SECRET_"),
    ],
)
def test_production_does_not_start_without_secret_and_host(
    variables: dict[str, str], message: str, tmp_path: Path
) -> None:
    run = python("import config.settings", tmp_path, **variables)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith(
        f"django.core.exceptions.ImproperlyConfigured: {message}"
    )


SHOW = """
import json
from django.db import connection
import django, os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from django.conf import settings
with connection.cursor() as cursor:
    cursor.execute("PRAGMA journal_mode")
    journal = cursor.fetchone()[0]
names = ["ALLOWED_HOSTS", "DEBUG", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE",
         "SECURE_PROXY_SSL_HEADER"]
print(json.dumps({name: getattr(settings, name) for name in names} | {"journal": journal}))
"""


def test_production_is_strict_unless_told_otherwise(tmp_path: Path) -> None:
    shown = json.loads(python(SHOW, tmp_path, **PRODUCTION).stdout)
    assert shown == {
        "ALLOWED_HOSTS": ["lindero.example"],
        "DEBUG": False,
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
        "SECURE_PROXY_SSL_HEADER": None,
        "journal": "wal",
    }
    assert (tmp_path / "lindero.sqlite3").exists()


def test_headers_of_a_proxy_are_believed_only_when_there_is_one(tmp_path: Path) -> None:
    shown = json.loads(python(SHOW, tmp_path, PROXIES="1", **PRODUCTION).stdout)
    assert shown["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_every_variable_of_the_settings_is_documented() -> None:
    settings = (ROOT / "config/settings.py").read_text()
    read = set(re.findall(r'(?:env\.\w+|required)\(\s*"([A-Z_]+)"', settings))
    documented = re.findall(r"^\| `([A-Z_]+)`", settings_page(), re.MULTILINE)
    assert sorted(read) == sorted(documented)


def settings_page() -> str:
    return (ROOT / "docs/administration/settings.md").read_text()


def test_entry_points_of_servers_load() -> None:
    assert callable(asgi.application)
    assert callable(wsgi.application)


# --- Dependencies -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-node.txt",
        "requirements-bench.txt",
    ],
)
def test_python_dependencies_are_pinned_and_hashed_and_name_no_registry(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(
        r"^\s*-", re.sub(r"^ +--hash=sha256:[0-9a-f]{64}.*$", "", text, flags=re.M), re.M
    )
    pins = re.findall(r"^[a-z0-9-]+(?:\[[a-z0-9,-]+\])?==\S+.*\\$", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[A-Za-z]", text, re.MULTILINE)) > 0


def test_browser_dependencies_are_pinned_and_name_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {path: package for path, package in lock["packages"].items() if path}
    assert [path for path, package in packages.items() if "resolved" in package] == []
    assert [path for path, package in packages.items() if "integrity" not in package] == []
    wanted = json.loads((ROOT / "package.json").read_text())
    versions = [*wanted["dependencies"].values(), *wanted["devDependencies"].values()]
    assert [version for version in versions if not re.fullmatch(r"[\d.]+", version)] == []
    assert "registry=" not in (ROOT / ".npmrc").read_text()


# --- Direction of imports ---------------------------------------------------------------------


@cache
def modules() -> list[tuple[str, Path, ast.Module]]:
    """Every module of the product with the package it belongs to."""
    return [
        (package, path.relative_to(ROOT), ast.parse(path.read_text()))
        for package in ORDER
        for path in sorted((ROOT / package).rglob("*.py"))
    ]


def imported(node: ast.AST) -> list[str]:
    """The modules an import statement names; relative ones stay within their package."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return []


def ours(node: ast.AST) -> list[str]:
    return [name.split(".")[0] for name in imported(node) if name.split(".")[0] in ORDER]


def test_imports_run_one_way() -> None:
    wrong = [
        f"{path}:{node.lineno} imports {target}, which stands above {package}"
        for package, path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for target in ours(node)
        if ORDER.index(target) < ORDER.index(package)
    ]
    assert wrong == [], "\n".join(wrong)


def test_no_function_imports_what_is_ours() -> None:
    wrong = [
        f"{path}:{node.lineno} imports {target} inside {function.name}()"
        for _, path, tree in modules()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for target in ours(node) or (["its own package"] if is_relative(node) else [])
    ]
    assert wrong == [], "\n".join(wrong)


def is_relative(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and node.level > 0


def test_nothing_happens_by_signal() -> None:
    """But for post_migrate, by which a database object can be remade after every migration."""
    wrong = [
        f"{path}:{node.lineno} uses {node.module}"
        for _, path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module == "django.dispatch" or (node.module or "").endswith(".signals"))
        and [alias.name for alias in node.names] != ["post_migrate"]
    ]
    assert wrong == [], "\n".join(wrong)


LOADED = """
import json, sys
import django
import config.wsgi
from django.urls import URLResolver, get_resolver
def walk(resolver):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            walk(pattern)
walk(get_resolver())
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_a_process_that_serves_pages_loads_nothing_that_computes_or_draws(tmp_path: Path) -> None:
    """Importing statsmodels takes seconds and hundreds of megabytes: the worker alone does."""
    run = python(LOADED, tmp_path, DEVELOPMENT="1")
    assert run.returncode == 0, run.stderr
    loaded = set(json.loads(run.stdout))
    assert {"evaluation", "lessons", "django"} <= loaded
    assert loaded & {"scipy", "statsmodels", "pandas", "vl_convert"} == set()


# --- Answers ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_health_is_told_to_anybody(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"
    assert client.get("/readyz").content == b"ok"


@pytest.mark.django_db
def test_readiness_fails_while_the_database_does_not_answer(client: Client) -> None:
    def refuse(*args: object) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/healthz", "/accounts/login/", "/admin/", "/no-such-page/"])
def test_every_answer_carries_the_strict_policies(client: Client, address: str) -> None:
    headers = client.get(address).headers
    assert set(headers["Content-Security-Policy"].split("; ")) == {
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    }
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
def test_signed_out_people_are_led_to_the_sign_in_page(client: Client) -> None:
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1] == ("/accounts/login/?next=%2Fadmin%2F", 302)
    assert response.status_code == 200


@pytest.mark.django_db
def test_nobody_can_sign_up(client: Client) -> None:
    sent = {
        "email": "new@lindero.example",
        "password1": "a-long-password",
        "password2": "a-long-password",
    }
    response = client.post("/accounts/signup/", sent)
    assert response.status_code == 200
    assert response.templates[0].name == "account/signup_closed.html"
    assert get_user_model().objects.count() == 0


# --- Browser assets ---------------------------------------------------------------------------


def test_static_files_can_be_hashed_for_production(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    manifest = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert "vendor/bootstrap/bootstrap.min.css" in manifest


def test_the_map_shows_every_country_that_people_live_in(settings: Settings) -> None:
    world = json.loads(settings.WORLD_MAP.read_text())
    assert {code for code, _ in countries} - set(world["countries"]) == {"AQ", "BV", "UM"}
    left, top, width, height = world["viewBox"]
    for country in world["countries"].values():
        assert left <= country["cx"] <= left + width
        assert top <= country["cy"] <= top + height
        assert country["d"].startswith("M") or country["small"]

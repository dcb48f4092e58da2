"""How soon pages of indicators answer, and how long the worker takes: ``python -m benchmarks.indicators``.

In a folder of its own that is gone afterwards: the demonstration, one series of 10,000 days, and
200 indicators of ten years of months about one exercise. Times are medians within one process, of
whole answers through the middleware, for somebody signed in; no server and no network.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from random import Random

DAYS, INDICATORS, MONTHS, REPEATS = 10_000, 200, 120, 15
LAST = date(2026, 10, 31)


def milliseconds(ask: Callable[[], object], repeats: int = REPEATS) -> float:
    """The median of some answers, after two to warm up."""
    times = []
    for number in range(repeats + 2):
        began = time.perf_counter()
        ask()
        if number > 1:
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def main() -> None:
    import django

    django.setup()

    from django.core.management import call_command
    from django.test import Client
    from django.utils import timezone

    from agencies.models import Agency, User
    from evaluation import results
    from evaluation.models import Indicator, Measurement
    from evaluation.series import Step
    from programs.models import Exercise

    call_command("migrate", verbosity=0)
    call_command("load_demo", stdout=StringIO())
    officer = User.objects.get(email="officer@demo.example")
    home = Agency.objects.get(code="ES-GC")
    exercise = Exercise.objects.filter(agency=home, tlp="green")[0]
    Exercise.objects.filter(pk=exercise.pk).update(
        starts_on=date(2021, 6, 1), ends_on=date(2021, 6, 3)
    )
    random = Random(1)

    def made(title: str, step: str, periods: list[date]) -> Indicator:
        indicator: Indicator = Indicator.objects.create(
            agency=home, created_by=officer, exercise=exercise, title=title,
            definition="Incidents that a patrol reported.", formula="Number of incidents.",
            measure="count", unit="incidents", step=step, better="down", source="The register.",
            limitations="What nobody saw is not counted.", tlp="green",
        )  # fmt: skip
        Measurement.objects.bulk_create(
            Measurement(
                indicator=indicator, period=period, measure="count", by=officer,
                value=random.randint(20, 40) if period < date(2021, 6, 1) else random.randint(10, 30),
            )
            for period in periods
        )  # fmt: skip
        return indicator

    days = [LAST - timedelta(days=number) for number in reversed(range(DAYS))]
    long = made("Incidents by day", "day", days)
    months = [Step.MONTH.plus(date(2016, 11, 1), number) for number in range(MONTHS)]
    many = [made(f"Incidents on route {number}", "month", months) for number in range(INDICATORS)]

    def worked_out(*indicators: Indicator) -> float:
        began = time.perf_counter()
        results.work_out(indicators=[one.pk for one in indicators], now=timezone.now())
        return time.perf_counter() - began

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(officer, "allauth.account.auth_backends.AuthenticationBackend")

    def page(address: str) -> float:
        def ask() -> None:
            answer = client.get(address)
            if answer.status_code != 200:
                raise RuntimeError(f"{answer.status_code} for {address}")
            size[address] = len(answer.content) / 1000

        return milliseconds(ask)

    size: dict[str, float] = {}
    at = f"/evaluation/indicators/{long.ref}/"
    waiting = page(at)
    first, rest = worked_out(long), worked_out(*many)
    print(f"{'the worker':44} seconds")
    print(f"{f'  {DAYS:,} days':44} {first:7.2f}")
    print(f"{f'  {MONTHS} months, each of {INDICATORS}':44} {rest / INDICATORS:7.3f}")
    print(f"{'pages':44}      ms      kB")
    print(f"{f'  indicator of {DAYS:,} days, while it waits':44} {waiting:7.1f} {size[at]:7.1f}")
    for words, address in (
        (f"indicator of {DAYS:,} days", at),
        ("  its values", f"{at}values/"),
        (f"indicator of {MONTHS} months", f"/evaluation/indicators/{many[0].ref}/"),
        ("list of indicators", "/evaluation/indicators/"),
        (f"exercise with {INDICATORS + 1} indicators", exercise.get_absolute_url()),
    ):
        print(f"  {words:42} {page(address):7.1f} {size[address]:7.1f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DEVELOPMENT": "1",
            "DEBUG": "0",
            "LOG_LEVEL": "ERROR",
            "DATA": folder,
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        main()

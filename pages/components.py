"""Every shared component in every state on one page, for those who build pages.

Served in development only. The contents are made up and include what breaks layouts: titles of
300 characters, words without a break, right-to-left text.
"""

from datetime import date, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString

from pages.charts import drawn
from pages.icons import ICONS
from pages.templatetags.lindero import MARKINGS, TONES

POINT = (
    "Radio call signs differed between the two patrol boats, so the hand-over took eleven minutes"
)
LONG_TITLE = (
    "When the swell closed the slipway nobody present was authorized to divert the patrol craft to "
    "the second landing site, and the decision took fifty minutes because the plan named a "
    "function that had been renamed in the meantime and a telephone number that rang in an office that is "
    "closed at night, on Sundays and in August"
)
LONG_WORD = "Grenzüberschreitungsüberwachungskoordinierungsbesprechungsprotokoll" * 3
TEXT = (
    "During the night hand-over between the two patrol boats the leader called the Moroccan boat "
    "four times by the sign on the national list.\n\nThe boat answered with the sign from the "
    "shared list of 2024. The command post needed eleven minutes to be sure who was following the "
    "target; the plan allowed three."
)
ARABIC = "اختلفت نداءات اللاسلكي بين الزورقين فاستغرق التسليم إحدى عشرة دقيقة"
COUNTRIES = [
    ("FR", "France"),
    ("MA", "Morocco"),
    ("MR", "Mauritania"),
    ("PT", "Portugal"),
    ("ES", "Spain"),
]


class Untagged:
    """Leaves the form element and the token to the page."""

    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True


class Example(Untagged, forms.Form):
    """One field of every sort."""

    point = forms.CharField(
        label="The point, in one sentence",
        help_text="What should the next crew know?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    happened = forms.CharField(
        label="What happened",
        help_text="What was expected, and what happened instead. No names of persons.",
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
    )
    partners = forms.MultipleChoiceField(
        label="Partners",
        choices=COUNTRIES,
        widget=forms.SelectMultiple(
            attrs={"data-select": "", "data-placeholder": "Type a country or organization"}
        ),
    )
    category = forms.ChoiceField(
        label="Category",
        choices=[("", "Choose one"), ("com", "Communication"), ("coo", "Coordination")],
        required=False,
    )
    program = forms.ChoiceField(
        label="From which program?",
        choices=[("", ""), ("1", "Joint maritime patrols"), ("2", LONG_TITLE)],
        required=False,
        widget=forms.Select(attrs={"data-select": ""}),
    )
    day = forms.DateField(
        label="When", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=[("improve", "Improve"), ("sustain", "Sustain")],
        widget=forms.RadioSelect,
        help_text="Something to change, or something to keep.",
    )
    threats = forms.MultipleChoiceField(
        label="Threats",
        choices=[("drugs", "Drugs"), ("weapons", "Weapons"), ("sar", "Search and rescue")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    clean_of_data = forms.BooleanField(
        label="No personal data, nothing classified", help_text="Reviewers check it again."
    )

    def clean(self) -> dict[str, Any]:
        self.add_error(None, "The exercise ended before it began.")
        return self.cleaned_data


class Row(Untagged, forms.Form):
    """A row of the example formset."""

    objective = forms.CharField(label="Objective", max_length=300)
    rating = forms.ChoiceField(
        label="Rating", choices=[("", "Not rated"), ("P", "Performed")], required=False
    )


def example_rows() -> Any:
    """Return two rows and the way to more."""
    rows = forms.formset_factory(Row, extra=1, can_delete=True)
    return rows(initial=[{"objective": "Hand over a target within three minutes"}], prefix="rows")


def chart() -> SafeString:
    """Draw one layer of each sort that charts.css knows."""

    def values(heights: list[int], first: int = 1) -> dict[str, Any]:
        days = [f"2026-{first + place:02}-01" for place in range(len(heights))]
        pairs = zip(days, heights, strict=True)
        return {"values": [{"day": day, "height": height} for day, height in pairs]}

    event = {"values": [{"day": "2026-05-15", "words": "Agreement in force"}]}
    jump = {"values": [{"day": "2026-03-15", "words": "New definition"}]}
    layers: list[dict[str, Any]] = [
        {"name": "comparison", "data": values([40, 44, 39, 45, 41, 43, 40, 42]), "mark": "line"},
        {"name": "settled", "data": values([62, 58, 66, 60, 57, 31]), "mark": "line"},
        {"name": "unsettled", "data": values([31, 24, 27], 6), "mark": "line"},
        {"name": "dot", "data": values([62, 58, 66, 60, 57, 31]), "mark": "point"},
        {"name": "hollow", "data": values([24, 27], 7), "mark": "point"},
        {"name": "before", "data": values([61, 61, 61, 61]), "mark": "line"},
        {"name": "after", "data": values([27, 27, 27], 6), "mark": "line"},
    ]
    for name, data, top in (("event", event, 8), ("break", jump, 24)):
        layers.append({"name": name, "data": data, "mark": "rule", "encoding": {"y": None}})
        layers.append(
            {
                "name": f"{name}words",
                "data": data,
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {"y": {"value": top}, "text": {"field": "words"}},
            }
        )
    day = {"field": "day", "type": "temporal", "scale": {"type": "utc"}, "axis": {"title": None}}
    height = {"field": "height", "type": "quantitative", "axis": {"title": None}}
    spec = {"width": 620, "height": 220, "layer": layers, "encoding": {"x": day, "y": height}}
    return drawn(spec, title="Detections", description="They fell from about 60 to 27 a month.")


def context() -> dict[str, Any]:
    """Return made-up contents for every component."""
    today = timezone.localdate()
    return {
        "icons": sorted(ICONS),
        "markings": list(MARKINGS),
        "statuses": list(TONES),
        "point": POINT,
        "long_title": LONG_TITLE,
        "long_word": LONG_WORD,
        "text": TEXT,
        "arabic": ARABIC,
        "snippet": "The \x02patrol\x03 leader could not tell <which> boat answered.",
        "start": date(2026, 9, 2),
        "end": date(2026, 10, 6),
        "yesterday": today - timedelta(days=1),
        "tomorrow": today + timedelta(days=1),
        "now": timezone.now(),
        "chips": [
            {"label": "Partner", "value": "XX", "remove_url": "?", "wrong": True},
            {"label": "Words", "value": "patrol", "remove_url": "?"},
            {"label": "Partner", "value": "Spain", "remove_url": "?"},
            {"label": "Program", "value": LONG_TITLE, "remove_url": "?"},
        ],
        "steps": [
            {"label": "Observed", "state": "done", "small": "14 Oct · officer"},
            {"label": "Reviewed", "state": "done", "small": "19 Oct · 3 days"},
            {"label": "Lesson identified", "state": "done", "small": "23 Oct · endorsed"},
            {"label": "Implementing", "state": "now", "small": "1 of 3 actions done"},
            {"label": "Validation", "state": "todo", "small": "after ALBORÁN 27"},
            {"label": "Lesson learned", "state": "todo"},
        ],
        "events": [
            {"text": "Action verified by I. Duarte", "when": today, "tone": "learned"},
            {"text": "Question answered", "when": date(2026, 10, 20), "body": TEXT[:120]},
            {"text": "Returned with a question", "when": date(2026, 10, 16), "tone": "late"},
            {"text": "Submitted", "when": date(2026, 10, 14), "small": "by the originator"},
        ],
        "figures": [
            {"value": 2, "label": "agreements in force", "url": "#figures"},
            {"value": 9, "label": "exercises since 2021", "url": "#figures"},
            {"value": 71, "label": "lessons, 24 learned"},
            {"value": 5, "label": "actions overdue", "tone": "late", "url": "#figures"},
            {"value": "−64 %", "label": "detections, before/after 2019"},
        ],
        "stages": [
            {"value": 9, "label": "in review", "url": "#figures"},
            {"value": 31, "label": "identified, 8 without a started action", "tone": "late"},
            {"value": 44, "label": "implementing", "url": "#figures"},
            {"value": 6, "label": "to validate"},
            {"value": 118, "label": "learned, 34 % of identified", "tone": "learned"},
        ],
        "pairs": [
            ("Exercise", "ALBORÁN 26, full-scale", "#figures"),
            ("Program", "Joint maritime patrols", "#figures"),
            ("Observer", "Agency only"),
            ("Long", LONG_WORD),
        ],
        "needs": [
            {"title": POINT, "url": "#needs", "small": "Review", "action_label": "Review"},
            {
                "title": "Teach the shared call signs in the refresher course",
                "url": "#needs",
                "small": "Action of your agency",
                "late": "due since 1 Nov",
                "action_label": "Update",
            },
        ],
        "links": [
            {"label": "Joint patrols", "url": "#chips", "count": 31},
            {"label": "Language", "url": "#chips", "count": 14},
            {"label": "Without a link"},
        ],
        "heat": {
            "caption": "Lessons by category and year",
            "columns": [{"label": year} for year in range(2021, 2027)],
            "rows": [
                {
                    "label": label,
                    "cells": [{"value": value, "url": "#heat"} for value in values],
                }
                for label, values in [
                    ("Communication", [1, 2, 4, 6, 7, 11]),
                    ("Coordination", [0, 3, 3, 5, 9, 8]),
                    ("Adaptability", [0, 1, 1, 2, 4, 5]),
                    ("Evaluation", [0, 0, 1, 1, 2, 3]),
                ]
            ],
        },
        "chart": chart(),
        "bars": [
            {"label": "Joint patrols", "value": 31, "url": "#bars"},
            {"label": "Language", "value": 14, "url": "#bars"},
            {"label": "Sensor systems", "value": 2},
        ],
        "years": [
            {"label": str(2015 + index), "value": value, "on": index > 8}
            for index, value in enumerate([1, 2, 1, 4, 3, 5, 4, 8, 9, 12, 15, 18])
        ],
        "files": [
            {"name": "Hot wash notes.pdf", "url": "#files", "size": "1.2 MB", "when": today},
            {
                "name": f"{LONG_WORD}.xlsx",
                "url": "#files",
                "size": "240 kB",
                "remove_url": "#files",
            },
        ],
        "differences": [{"label": "Observation", "mine": TEXT, "theirs": TEXT[:140]}],
        "page": {
            "first_url": "?",
            "previous_url": "?cursor=a",
            "next_url": "?cursor=b",
            "words": "31–60 of 1,204",
        },
    }


@login_not_required
def components(request: HttpRequest) -> HttpResponse:
    """Show everything."""
    bad = Example({"point": "", "partners": ["XX"], "kind": "other"}, prefix="bad")
    return render(
        request,
        "pages/components.html",
        context()
        | {
            "empty_form": Example(initial={"point": POINT, "partners": ["MA", "FR"]}),
            "bad_form": bad,
            "formset": example_rows(),
        },
    )

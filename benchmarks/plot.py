"""Draw what a page costs against the number of lessons; runs in the environment of the peers."""

import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot

HERE = Path(__file__).parent
LESSONS = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
LINES = {
    "lindero": ("Lindero", "#1a5f7a", "o"),
    "admin_facets": ("admin with facets", "#b5532a", "s"),
    "admin_bare": ("admin without facets", "#d9a441", "^"),
    "datasette_facets": ("Datasette with facets", "#7a4a8c", "D"),
    "datasette_bare": ("Datasette without facets", "#b48fc2", "v"),
}
PAGES = {"first": "page 1", "filtered": "partner and theme", "search_mid": "two words"}
DATABASES = {"sqlite": "-", "postgresql": "--"}


def main() -> None:
    figures = json.loads((HERE / "results.json").read_text())["figures"]
    matplotlib.rcParams["svg.hashsalt"] = "lindero"  # the same figures give the same file
    drawing, panels = pyplot.subplots(1, len(PAGES), figsize=(12, 4.2), sharey=True)
    for panel, (page, words) in zip(panels, PAGES.items(), strict=True):
        for server, (label, color, mark) in LINES.items():
            for database, dash in DATABASES.items():
                found = [
                    (count, figures[f"{size}.{database}.{server}.{page}"])
                    for size, count in LESSONS.items()
                    if f"{size}.{database}.{server}.{page}" in figures
                ]
                if found:
                    given = label if database == "sqlite" else None
                    style = {"color": color, "marker": mark, "linestyle": dash, "label": given}
                    panel.plot(*zip(*found, strict=True), **style)
        panel.set(xscale="log", yscale="log", title=words, xlabel="lessons")
        panel.grid(visible=True, color="#dddddd", linewidth=0.6)
    panels[0].set_ylabel("median of a page, ms (dashed: PostgreSQL)")
    handles, labels = panels[0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="lower center", ncols=5, frameon=False)
    drawing.tight_layout(rect=(0, 0.08, 1, 1))
    drawing.savefig(HERE / "cost.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()

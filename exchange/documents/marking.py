"""How a marking looks in print: FIRST's colors on black, at least 12 points, flush to the end.

Traffic Light Protocol 2.0, https://www.first.org/tlp/: headers and footers of every page carry it.
"""

from __future__ import annotations

from records.vocabulary import TLP

COLORS = {
    TLP.CLEAR: "FFFFFF",
    TLP.GREEN: "33FF00",
    TLP.AMBER: "FFC000",
    TLP.AMBER_STRICT: "FFC000",
}
"""Of the letters; ``TLP:RED`` has none here, since it stands in no document."""
GROUND = "000000"
POINTS = 12

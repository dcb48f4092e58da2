// Copies the parts of npm packages that our pages use into build/static/vendor, so that nothing
// else of them is ever served. References to files left behind (source maps, old font formats)
// are removed: a hashed static storage refuses a reference to a missing file.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const packages = join(root, "node_modules");
const target = join(root, "build", "static", "vendor");

const files = {
  bootstrap: [
    "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap/dist/css/bootstrap.rtl.min.css",
    "bootstrap/dist/js/bootstrap.bundle.min.js",
    "bootstrap/LICENSE",
  ],
  "tom-select": [
    "tom-select/dist/css/tom-select.bootstrap5.min.css",
    "tom-select/dist/js/tom-select.complete.min.js",
    "tom-select/LICENSE",
  ],
  plex: ["@fontsource/ibm-plex-sans/LICENSE"],
};

const fonts = [
  {
    folder: "@fontsource/ibm-plex-sans",
    styles: ["400", "400-italic", "500", "600", "700"],
    subset: /-(latin|latin-ext|greek|cyrillic|cyrillic-ext|vietnamese)-\d/,
  },
  {
    folder: "@fontsource/ibm-plex-sans-arabic",
    styles: ["400", "500", "600", "700"],
    subset: /-arabic-arabic-\d/,
  },
];

function copy(folder, file) {
  const destination = join(target, folder, basename(file));
  if (/\.(css|js)$/.test(file)) {
    const text = readFileSync(join(packages, file), "utf8");
    writeFileSync(destination, text.replace(/\n?\/[/*]# sourceMappingURL=\S+( \*\/)?\n?/g, "\n"));
  } else {
    cpSync(join(packages, file), destination);
  }
}

/** One style sheet for all faces, in woff2 alone; a browser loads only the ranges it needs. */
function collectFonts() {
  mkdirSync(join(target, "plex", "files"), { recursive: true });
  const faces = [];
  for (const { folder, styles, subset } of fonts) {
    for (const style of styles) {
      const css = readFileSync(join(packages, folder, `${style}.css`), "utf8");
      for (const [face] of css.matchAll(/@font-face \{[^}]*\}/g)) {
        const [, file] = face.match(/url\(\.\/(files\/\S+?\.woff2)\)/);
        if (subset.test(file)) {
          faces.push(face.replace(/, url\(\S+?\.woff\) format\('woff'\)/, ""));
          cpSync(join(packages, folder, file), join(target, "plex", file));
        }
      }
    }
  }
  writeFileSync(join(target, "plex", "plex.css"), faces.join("\n"));
}

rmSync(target, { recursive: true, force: true });
for (const [folder, sources] of Object.entries(files)) {
  mkdirSync(join(target, folder), { recursive: true });
  sources.forEach((file) => copy(folder, file));
}
collectFonts();

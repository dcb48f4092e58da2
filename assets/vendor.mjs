// Copies the parts of npm packages that our pages use into build/static/vendor, so that nothing
// else of them is ever served, and the faces of documents into build/fonts. References to files left behind (source maps, old font formats)
// are removed: a hashed static storage refuses a reference to a missing file.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const packages = join(root, "node_modules");
const target = join(root, "build", "static", "vendor");

const files = {
  bootstrap: [
    "dist/css/bootstrap.min.css",
    "dist/css/bootstrap.rtl.min.css",
    "LICENSE",
  ],
  "tom-select": [
    "dist/js/tom-select.complete.min.js",
    "LICENSE",
  ],
};

const fonts = {
  "ibm-plex-sans": { styles: ["400", "400-italic", "500", "600", "700"], subsets: /./ },
  "ibm-plex-sans-arabic": { styles: ["400", "500", "600", "700"], subsets: /-arabic-arabic-/ },
};

/** Faces for documents: what lays out pages as PDF reads TTF, not WOFF2. */
const documentFaces = {
  "ibm-plex-sans": ["400Regular", "600SemiBold"],
  "ibm-plex-sans-arabic": ["400Regular", "600SemiBold"],
};

function copyFiles(name, sources) {
  mkdirSync(join(target, name), { recursive: true });
  for (const source of sources) {
    const [from, to] = [join(packages, name, source), join(target, name, basename(source))];
    if (/\.(css|js)$/.test(source)) {
      const text = readFileSync(from, "utf8");
      writeFileSync(to, text.replace(/\n?\/[/*]# sourceMappingURL=\S+( \*\/)?\n?/g, "\n"));
    } else {
      cpSync(from, to);
    }
  }
}

/** Copy the wanted faces of a family, and faces.css, by which a browser loads what it needs. */
function copyFont(name, { styles, subsets }) {
  const [from, to] = [join(packages, "@fontsource", name), join(target, name)];
  mkdirSync(join(to, "files"), { recursive: true });
  const faces = [];
  for (const style of styles) {
    const css = readFileSync(join(from, `${style}.css`), "utf8");
    for (const [face] of css.matchAll(/@font-face \{[^}]*\}/g)) {
      const [, file] = face.match(/url\(\.\/(files\/\S+?\.woff2)\)/);
      if (subsets.test(file)) {
        faces.push(face.replace(/, url\(\S+?\.woff\) format\('woff'\)/, ""));
        cpSync(join(from, file), join(to, file));
      }
    }
  }
  writeFileSync(join(to, "faces.css"), faces.join("\n"));
  cpSync(join(from, "LICENSE"), join(to, "LICENSE"));
}

function copyFaces(name, faces) {
  const [from, to] = [join(packages, "@expo-google-fonts", name), join(root, "build", "fonts", name)];
  mkdirSync(to, { recursive: true });
  for (const face of faces) {
    const [file] = readdirSync(join(from, face)).filter((one) => one.endsWith(".ttf"));
    cpSync(join(from, face, file), join(to, file));
  }
  cpSync(join(from, "LICENSE_FONT"), join(to, "LICENSE"));
}

rmSync(target, { recursive: true, force: true });
rmSync(join(root, "build", "fonts"), { recursive: true, force: true });
Object.entries(files).forEach(([name, sources]) => copyFiles(name, sources));
Object.entries(fonts).forEach(([name, wanted]) => copyFont(name, wanted));
Object.entries(documentFaces).forEach(([name, faces]) => copyFaces(name, faces));

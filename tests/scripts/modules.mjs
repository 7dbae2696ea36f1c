// Lets Node run scripts of pages: `--import ./tests/scripts/modules.mjs`.
//
// The static files of all apps are one tree for a browser, so that `../../look/fold.js` of incidents/ lies in geoapp/. Texts are not
// translated. What of a browser the modules under test touch when they are loaded stands in for it here.

import { existsSync } from "node:fs"
import { register } from "node:module"
import { fileURLToPath } from "node:url"

const APPS = ["geoapp", "gis_data", "incidents", "cameras"]
const ROOT = new URL("../../", import.meta.url)

export async function resolve(specifier, context, next) {
  const wanted = context.parentURL && specifier.startsWith(".") ? new URL(specifier, context.parentURL) : null
  if (!wanted || existsSync(fileURLToPath(wanted))) return next(specifier, context)
  const path = wanted.href
    .slice(ROOT.href.length)
    .split("/")
    .filter((part) => part !== "static")
  const [app, ...rest] = path
  const candidates = APPS.flatMap((other) => [rest, path].map((parts) => new URL(`${other}/static/${parts.join("/")}`, ROOT)))
  const match = candidates.find((url) => existsSync(fileURLToPath(url)))
  if (!match) throw new Error(`${specifier}, imported by ${context.parentURL}, is no static file of any app (${app})`)
  return next(match.href, context)
}

// Without a package.json Node would take them for CommonJS.
export const load = (url, context, next) =>
  next(url, url.startsWith(ROOT.href) && url.endsWith(".js") ? { ...context, format: "module" } : context)

if (!import.meta.url.includes("?hooks")) {
  register(`${import.meta.url}?hooks`)
  const named = (words, values) => words.replace(/%\((\w+)\)s/g, (_, name) => values[name])
  const counted = (words, [...values]) => words.replace(/%s/g, () => values.shift())
  Object.assign(globalThis, {
    self: globalThis,
    gettext: (words) => words,
    ngettext: (singular, plural, n) => (n === 1 ? singular : plural),
    interpolate: (words, values, byName) => (byName ? named(words, values) : counted(words, values)),
    L: { Marker: { prototype: {}, include() {} }, GridLayer: { extend: () => class {} } },
    matchMedia: () => ({ matches: false, addEventListener() {} }),
    document: { documentElement: { lang: "en", dataset: { zone: "UTC" } } },
  })
}

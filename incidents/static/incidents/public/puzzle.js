// Solves the proof-of-work puzzles (Altcha) that the service asks of networks from which much is sent. For pages and the service worker.

const PIECE = 500 // hashes computed before the page may do something else

export const canWork = () => Boolean(globalThis.crypto?.subtle)

// Returns the answer for the form, in base64; "" if no number fits.
export async function solve({ algorithm, challenge, salt, signature, maxNumber }) {
  const encoder = new TextEncoder()
  for (let first = 0; first <= maxNumber; first += PIECE) {
    const numbers = Array.from({ length: Math.min(PIECE, maxNumber - first + 1) }, (_, n) => first + n)
    const hashes = await Promise.all(numbers.map((number) => crypto.subtle.digest(algorithm, encoder.encode(salt + number))))
    const at = hashes.findIndex((hash) => hex(hash) === challenge)
    if (at >= 0) return btoa(JSON.stringify({ algorithm, challenge, number: first + at, salt, signature }))
  }
  return ""
}

export function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

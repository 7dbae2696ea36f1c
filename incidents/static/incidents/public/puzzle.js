// The work that comes before a report where much is sent from one network: Altcha's, found here and told to nobody else.

const PIECE = 500 // hashes between two moments at which the page may do something else

export const canWork = () => Boolean(window.crypto?.subtle)

// The answer for the form, in base64, or "" where there is no number that fits.
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

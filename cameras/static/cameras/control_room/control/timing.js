// Timing in the control room.
//
//   throttle(act, wait)        a function that calls `act` `wait` ms after it was called, however often it is called meanwhile
//   createSpeaker(element)     speaker.say(words): one sentence at a time for screen readers, at most every ten seconds; the last
//                              one counts

const SPEAK_MS = 10_000

export function throttle(act, wait) {
  // biome-ignore lint/correctness/noUnusedVariables: `??=` reads it
  let waiting
  return () => {
    waiting ??= setTimeout(() => {
      waiting = undefined
      act()
    }, wait)
  }
}

export function createSpeaker(element, now = () => performance.now()) {
  let spokenAt = -SPEAK_MS
  let timer

  function say(words) {
    clearTimeout(timer)
    timer = setTimeout(
      () => {
        spokenAt = now()
        element.textContent = words
      },
      Math.max(spokenAt + SPEAK_MS - now(), 0),
    )
  }

  return { say }
}

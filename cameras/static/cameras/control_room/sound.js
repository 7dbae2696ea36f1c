// Tones for urgent events, synthesised in the browser. They are never the only sign, and each can be turned off.

const TONES = { urgent: [660, 880, 660, 880], disputed: [520, 390] } // hertz, one after the other
const LONG = 0.16 // seconds of a tone
const LOUD = 0.18
const APART = 3000 // milliseconds: ten reports of one fire are one sound

export class Sound {
  constructor() {
    this.at = -APART
    // A browser lets nothing sound before a person has pressed something.
    const resumeAudio = () => {
      this.context ??= new AudioContext()
      this.context.resume()
      for (const gesture of ["pointerdown", "keydown"]) removeEventListener(gesture, resumeAudio, true)
      document.getElementById("silent").hidden = true
    }
    for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, resumeAudio, true)
    document.getElementById("silent").hidden = false
  }

  play(kind) {
    const now = performance.now()
    if (!this.context || now - this.at < APART) return
    this.at = now
    this.playTone(kind)
  }

  playTone(kind) {
    TONES[kind].forEach((pitch, i) => {
      const begins = this.context.currentTime + i * LONG * 1.25
      const [tone, loud] = [this.context.createOscillator(), this.context.createGain()]
      tone.frequency.value = pitch
      // Neither begins nor ends at once: that would crack.
      loud.gain.setValueAtTime(0, begins)
      loud.gain.linearRampToValueAtTime(LOUD, begins + 0.02)
      loud.gain.linearRampToValueAtTime(0, begins + LONG)
      tone.connect(loud).connect(this.context.destination)
      tone.onended = () => loud.disconnect()
      tone.start(begins)
      tone.stop(begins + LONG)
    })
  }
}

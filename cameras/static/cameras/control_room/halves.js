// The room on two screens: the map in one window, the wall in another, kept in step. What stands in front in one does
// so in the other; only windows that are a half speak and hear.

const QUIET = 4000 // milliseconds after which a window that says nothing is taken for closed

export class Halves {
  // `screen`: "map", "wall", or "" for the whole room, which is alone. `hear[what](message)` is called for each message.
  constructor(screen, hear) {
    this.screen = screen
    this.heardAt = -QUIET
    if (!screen) return
    this.channel = new BroadcastChannel("control-room")
    this.channel.onmessage = ({ data }) => {
      if (data.screen === screen) return // the same half in a third window
      this.heardAt = performance.now()
      this.busyThere = data.busy ?? this.busyThere
      hear[data.what]?.(data)
    }
    this.tell("hello")
  }

  tell(what, more = {}) {
    this.channel?.postMessage({ what, screen: this.screen, ...more })
  }

  // Whether the other half is open.
  get both() {
    return performance.now() - this.heardAt < QUIET
  }

  // Whether a person is busy in the other half, so that nothing may come to the front by itself.
  get busy() {
    return this.both && Boolean(this.busyThere)
  }
}

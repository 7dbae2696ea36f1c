// The control room in two windows, one with the map and one with the wall: what is in front in one is in the other.
// A window of the whole room sends and receives nothing.

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
    this.send("hello")
  }

  send(what, more = {}) {
    this.channel?.postMessage({ what, screen: this.screen, ...more })
  }

  // Whether the other half is open.
  get isOtherOpen() {
    return performance.now() - this.heardAt < QUIET
  }

  // Whether a person is busy in the other half, so that nothing may come to the front by itself.
  get isOtherBusy() {
    return this.isOtherOpen && Boolean(this.busyThere)
  }
}

// Messages between the two windows of the control room, one with the map and one with the wall, on a BroadcastChannel.
// A window of the whole room sends and receives nothing.

const QUIET = 4000 // milliseconds after which a window that says nothing is taken for closed

export class OtherScreen {
  // `screen`: "map", "wall", or "" for the whole room, which is alone. `handlers[what](message)` is called for each message.
  constructor(screen, handlers) {
    this.screen = screen
    this.heardAt = -QUIET
    if (!screen) return
    this.channel = new BroadcastChannel("control-room")
    this.channel.onmessage = ({ data }) => {
      if (data.screen === screen) return // the same screen in a third window
      this.heardAt = performance.now()
      this.otherIsBusy = data.busy ?? this.otherIsBusy
      handlers[data.what]?.(data)
    }
    this.send("hello")
  }

  send(what, more = {}) {
    this.channel?.postMessage({ what, screen: this.screen, ...more })
  }

  // Whether the other window is open.
  get isOpen() {
    return performance.now() - this.heardAt < QUIET
  }

  // Whether a person is busy in the other window, so that nothing may come to the front by itself.
  get isBusy() {
    return this.isOpen && Boolean(this.otherIsBusy)
  }
}

// The button that lets this browser get push messages, and stops them. Without scripts, or without push, it is not there.

import { toast } from "../../look/page.js"
import { request } from "../../look/request.js"

const offer = document.querySelector("[data-push]")
const possible = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window
if (offer && possible && Notification.permission !== "denied") begin().catch(() => {}) // no worker here: nothing is offered

async function begin() {
  const button = offer.querySelector("button")
  const [on, off] = offer.querySelectorAll("[data-when]")
  const registration = await navigator.serviceWorker.register(offer.dataset.worker)
  let subscription = await registration.pushManager.getSubscription()

  const show = () => {
    on.hidden = Boolean(subscription)
    off.hidden = !subscription
    button.setAttribute("aria-pressed", String(Boolean(subscription)))
    offer.hidden = false
  }

  button.addEventListener("click", async () => {
    button.disabled = true
    try {
      subscription = subscription ? await stop(subscription) : await start(registration)
      toast(subscription ? gettext("Messages come to this device now.") : gettext("No more messages come to this device."))
    } catch (error) {
      toast(error.said?.error ?? gettext("Messages cannot come to this device. Your browser does not allow it."))
    }
    button.disabled = false
    show()
  })
  if (subscription && (await renewed(subscription))) subscription = null
  show()
}

// A subscription made with another key of ours is of no use any more.
async function renewed(subscription) {
  const key = subscription.options?.applicationServerKey
  return key && written(key) !== offer.dataset.key && (await subscription.unsubscribe())
}

async function start(registration) {
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: offer.dataset.key })
  try {
    await save(subscription.toJSON())
  } catch (error) {
    await subscription.unsubscribe()
    throw error
  }
  return subscription
}

async function stop(subscription) {
  await save({ endpoint: subscription.endpoint, off: true })
  await subscription.unsubscribe()
  return null
}

const save = (said) => request(offer.dataset.save, { method: "POST", body: JSON.stringify(said) })

function written(octets) {
  const text = btoa(String.fromCharCode(...new Uint8Array(octets)))
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

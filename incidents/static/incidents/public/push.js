// The button that subscribes this browser to push messages, or unsubscribes it; hidden where push is not possible.

import { toast } from "../../look/page.js"
import { request } from "../../look/request.js"

const offer = document.querySelector("[data-push]")
const possible = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window
if (offer && possible && Notification.permission !== "denied") setUpButton().catch(() => {}) // no worker here: nothing is offered

async function setUpButton() {
  const button = offer.querySelector("button")
  const fresh = "fresh" in offer.dataset // what is followed here is not told to this browser yet
  const [on, off] = offer.querySelectorAll("[data-when]")
  const registration = await navigator.serviceWorker.register(offer.dataset.worker)
  let subscription = await registration.pushManager.getSubscription()

  const show = () => {
    const isSubscribed = Boolean(subscription) && !fresh
    on.hidden = isSubscribed
    off.hidden = !isSubscribed
    button.setAttribute("aria-pressed", String(isSubscribed))
    offer.hidden = false
  }

  button.addEventListener("click", async () => {
    button.disabled = true
    try {
      subscription = subscription && !fresh ? await unsubscribe(subscription) : await subscribe(registration)
      if (fresh) return location.reload() // the page says what is followed now
      toast(subscription ? gettext("This device now receives messages.") : gettext("This device no longer receives messages."))
    } catch (error) {
      toast(error.content?.error ?? gettext("This device cannot receive messages. Your browser does not allow it."))
    }
    button.disabled = false
    show()
  })
  if (subscription && (await dropOutdated(subscription))) subscription = null
  show()
}

// A subscription made with another key of ours is of no use any more.
async function dropOutdated(subscription) {
  const key = subscription.options?.applicationServerKey
  return key && base64Url(key) !== offer.dataset.key && (await subscription.unsubscribe())
}

async function subscribe(registration) {
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: offer.dataset.key })
  try {
    await saveSubscription(subscription.toJSON())
  } catch (error) {
    if (!("fresh" in offer.dataset)) await subscription.unsubscribe() // others may be told by it
    throw error
  }
  return subscription
}

async function unsubscribe(subscription) {
  await saveSubscription({ endpoint: subscription.endpoint, off: true })
  await subscription.unsubscribe()
  return null
}

const saveSubscription = (body) => request(offer.dataset.save, { method: "POST", body: JSON.stringify(body) })

function base64Url(octets) {
  const text = btoa(String.fromCharCode(...new Uint8Array(octets)))
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

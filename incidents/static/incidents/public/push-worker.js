// A part of the service worker: shows push messages and opens their page, also while no page of the site is open.

self.addEventListener("push", (event) => {
  const { title = "", text, tag, language, link } = event.data?.json() ?? {}
  event.waitUntil(self.registration.showNotification(title, { body: text, tag, lang: language, data: { link } }))
})

self.addEventListener("notificationclick", (event) => {
  event.notification.close()
  const link = new URL(event.notification.data?.link ?? "/", self.location.origin)
  if (link.origin !== self.location.origin) return
  event.waitUntil(openPage(link.href))
})

async function openPage(address) {
  const pages = await self.clients.matchAll({ type: "window" })
  const page = pages.find(({ url }) => url === address)
  return page ? page.focus() : self.clients.openWindow(address)
}

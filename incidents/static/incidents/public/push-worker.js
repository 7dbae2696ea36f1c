// The service worker: shows push messages and opens their page, also while no page of the site is open.

self.addEventListener("push", (event) => {
  const said = event.data?.json() ?? {}
  const shown = { body: said.text, tag: said.tag, lang: said.language, data: { link: said.link } }
  event.waitUntil(self.registration.showNotification(said.title ?? "", shown))
})

self.addEventListener("notificationclick", (event) => {
  event.notification.close()
  const link = new URL(event.notification.data?.link ?? "/", self.location.origin)
  if (link.origin !== self.location.origin) return
  event.waitUntil(openPage(link.href))
})

async function openPage(address) {
  const pages = await self.clients.matchAll({ type: "window" })
  const page = pages.find((one) => one.url === address)
  return page ? page.focus() : self.clients.openWindow(address)
}

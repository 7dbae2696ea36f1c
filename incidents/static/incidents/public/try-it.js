// Tries the calls of an API: each form says an address, a method, and where its fields go; the answer is shown as text.

const SHOWN = 20_000 // letters of an answer
const STREAM_MS = 5000 // so long a stream is listened to

document.documentElement.classList.add("scripted")

for (const form of document.querySelectorAll("form[data-call]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    tryCall(form)
  })
}

async function tryCall(form) {
  const { address, options } = requestOf(form)
  show(form, { address: `${options.method} ${address}`, status: "…", kind: "", body: "" })
  try {
    const answer = await fetch(address, options)
    const kind = answer.headers.get("Content-Type") ?? ""
    show(form, { status: `${answer.status} ${answer.statusText}`.trim(), kind, body: await textOf(answer, kind) })
  } catch (error) {
    show(form, { status: String(error), body: "" })
  }
}

// What a form asks: its fields in the address, behind it, in a form or as the body, and the key as the call wants it.
function requestOf(form) {
  const { call, method, key } = form.dataset
  const query = new URLSearchParams()
  const fields = new URLSearchParams()
  const options = { method, headers: { "Accept-Language": document.documentElement.lang }, credentials: "omit" }
  let address = call
  for (const input of form.querySelectorAll("[data-where]")) {
    const value = input.value.trim()
    const where = input.dataset.where
    if (where === "path") address = address.replace(`{${input.name}}`, encodeURIComponent(value).replaceAll("%2C", ","))
    else if (where === "key" && key === "bearer") options.headers.Authorization = `Bearer ${value}`
    else if (where === "key") fields.set(key, value)
    else if (where === "body") {
      options.body = value
      options.headers["Content-Type"] = "application/json"
    } else if (value) (where === "form" ? fields : query).set(input.name, value)
  }
  if (fields.size) options.body = fields
  return { address: query.size ? `${address}?${query}` : address, options }
}

async function textOf(answer, kind) {
  if (kind.startsWith("text/event-stream")) return await beginningOf(answer)
  if (!/json|text|xml/.test(kind)) return `${(await answer.arrayBuffer()).byteLength} bytes`
  const text = await answer.text()
  const pretty = kind.includes("json") && text.length < SHOWN ? JSON.stringify(JSON.parse(text), null, 2) : text
  return pretty.length > SHOWN ? `${pretty.slice(0, SHOWN)}…` : pretty
}

// What a stream says in its first seconds.
async function beginningOf(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  const ended = new Promise((resolve) => setTimeout(resolve, STREAM_MS, { done: true }))
  let text = ""
  for (;;) {
    const { done, value } = await Promise.race([reader.read(), ended])
    if (done) break
    text += value
  }
  reader.cancel()
  return text
}

function show(form, parts) {
  const box = form.querySelector(".answer")
  box.hidden = false
  for (const [name, text] of Object.entries(parts)) box.querySelector(`[data-part=${name}]`).textContent = text
}

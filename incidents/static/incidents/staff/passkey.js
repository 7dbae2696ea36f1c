// Passkeys: a button that signs in or proves again, and the form that adds one. Both are shown where browsers know them.

const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value

// What the server wants of a passkey; nothing where it asks for a second factor first.
async function askServer(address) {
  const answer = await fetch(address, { method: "POST", headers: { "X-CSRFToken": csrf() } })
  if (answer.status === 403) return null
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
  return answer.json()
}

function toBytes(text) {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0))
}

function toText(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (octet) => String.fromCharCode(octet)).join("")
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

function withBytes(options) {
  const read = { ...options, challenge: toBytes(options.challenge) }
  if (options.user) read.user = { ...options.user, id: toBytes(options.user.id) }
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) read[list] = options[list].map((credential) => ({ ...credential, id: toBytes(credential.id) }))
  }
  return read
}

function asJson(credential) {
  const response = {}
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = toText(credential.response[part])
  }
  return JSON.stringify({
    id: credential.id,
    rawId: credential.id,
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  })
}

function showFault(form) {
  form.querySelector("[data-passkey-fault]").hidden = false
}

async function usePasskey(button) {
  const form = button.form
  try {
    const options = withBytes(await askServer(button.dataset.passkey))
    const credential = await navigator.credentials.get({ publicKey: options })
    const field = form.elements["factor-passkey"]
    field.disabled = false
    field.value = asJson(credential)
    form.submit()
  } catch {
    showFault(form)
  }
}

async function addPasskey(form) {
  try {
    const requested = await askServer(form.action)
    if (!requested) return window.location.assign(form.dataset.newPasskey)
    const options = withBytes(requested)
    const credential = await navigator.credentials.create({ publicKey: options })
    form.elements.made.value = asJson(credential)
    form.submit()
  } catch {
    showFault(form)
  }
}

if (window.PublicKeyCredential) {
  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.hidden = false
    button.addEventListener("click", () => usePasskey(button))
  }
  for (const form of document.querySelectorAll("[data-new-passkey]")) {
    form.hidden = false
    form.addEventListener("submit", (event) => {
      event.preventDefault()
      addPasskey(form)
    })
  }
}

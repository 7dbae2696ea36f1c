// The request that all scripts use: adds the CSRF header, returns JSON or text, throws Failed with a message.

function cookie(name) {
  return document.cookie
    .split("; ")
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1)
}

export class Failed extends Error {}

export async function request(address, { method = "GET", body, signal } = {}) {
  const headers = { Accept: "application/json, text/html;q=0.9" }
  if (method !== "GET") headers["X-CSRFToken"] = cookie("csrftoken") ?? ""
  let answer
  try {
    answer = await fetch(address, { method, body, headers, signal, credentials: "same-origin" })
  } catch (error) {
    if (error.name === "AbortError") throw error
    throw new Failed(gettext("No connection. Try again when you are online."))
  }
  const json = answer.headers.get("Content-Type")?.startsWith("application/json")
  const content = json ? await answer.json() : await answer.text()
  if (!answer.ok)
    throw Object.assign(new Failed(content.error ?? gettext("Something went wrong on our side. Try again in a moment.")), {
      status: answer.status,
      content,
    })
  return content
}

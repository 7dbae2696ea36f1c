// Signing in: "show the password", and the focus on what is wrong.

const password = document.getElementById("password")
const show = document.getElementById("show-password")
show.hidden = false
show.querySelector("input").addEventListener("change", (event) => {
  password.type = event.target.checked ? "text" : "password"
})
// A browser keeps passwords only of password fields.
password.form.addEventListener("submit", () => (password.type = "password"))
document.querySelector("[aria-invalid]")?.focus()

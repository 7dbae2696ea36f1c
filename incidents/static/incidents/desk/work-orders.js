// The button that prints the work orders: without a script the browser's own menu does it.

const button = document.querySelector("#print")
button.hidden = false
button.addEventListener("click", () => window.print())

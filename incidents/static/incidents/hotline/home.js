// The page of the hotline between calls: where the telephone system opened it with a number, the call is taken at once.

const form = document.getElementById("begin")
if (form.hasAttribute("data-ringing")) form.requestSubmit()

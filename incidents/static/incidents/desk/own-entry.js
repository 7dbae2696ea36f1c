// The form of what somebody of a desk saw: its kinds are searched, its place is the pin once that was moved.

import { makeSearchable, placePin } from "./desk-form.js"

const form = document.querySelector("[data-step-form]")
makeSearchable(form.elements.category, gettext("Find a kind of matter"))
placePin(form, form.querySelector("[data-step-pin]"))

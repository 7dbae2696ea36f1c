"""List the encrypted columns of the control room."""

from geoapp.crypto.sealing import PlainTexts

TEXTS = [
    PlainTexts("cameras_roomline", "text", "cameras.roomline.text"),
    PlainTexts("cameras_handover", "note", "cameras.handover.note"),
    PlainTexts("cameras_handoveritem", "done", "cameras.handoveritem.done"),
    PlainTexts("cameras_handoveritem", "then", "cameras.handoveritem.then"),
]

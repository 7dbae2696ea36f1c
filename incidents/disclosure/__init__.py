"""Control what others may read, and what is erased: publishing and covering, retention and data requests.

`incidents.public_text` decides what the public may read of a text.
"""

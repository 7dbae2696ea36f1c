"""What others may read, and what is forgotten: publishing and covering, retention and data requests.

What the public may read of a text is decided in `incidents.public_text`.
"""

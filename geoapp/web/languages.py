"""The languages in which everything can be read, for settings and for what runs before there are any."""

LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]

"""List the offered languages; imported before settings exist."""

LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]

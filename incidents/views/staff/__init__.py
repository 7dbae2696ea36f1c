"""Pages for all staff, and partners by link: sign-in, people, messages, personal data."""

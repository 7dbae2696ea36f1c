"""For everybody who works here, and partners by link: signing in, people, messages, personal data."""

"""Hash passwords of tests' people once instead of a million times; all hashers of Django can read them."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Quick(PBKDF2PasswordHasher):
    iterations = 1

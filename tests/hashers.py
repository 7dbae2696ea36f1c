"""Passwords of the tests' people are hashed once instead of a million times; every hasher of Django can read them."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Quick(PBKDF2PasswordHasher):
    iterations = 1

"""Accounts of staff: how they sign in, what a session may reach, and who gives them posts.

`sessions` begins and ends sessions and says whom one stands for; `factors` and `passkeys` check second factors; `tries`
limits guessing; `city_account` speaks with the city's OpenID provider; `posts` gives posts.
"""
